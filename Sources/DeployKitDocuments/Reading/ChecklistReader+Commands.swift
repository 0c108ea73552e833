// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension ChecklistReader {
    /// The language of a fence in lower case; empty where none is given.
    func language(of block: Int) -> String { codes[block]?.language ?? "" }

    /// Every block of code with what it is there for.
    var codeLines: [ChecklistDocument.CodeLine] {
        codes.sorted { $0.key < $1.key }.map { block, code in
            .init(
                line: document.blocks[block].firstLine,
                language: code.language,
                use: code.use,
                isDestructive: code.isDestructive
            )
        }
    }

    static let shells: Set<String> = [
        "bash", "sh", "shell", "zsh", "console", "shell-session", "shellscript",
    ]

    private static let notCommands: Set<String> = [
        "markdown", "md", "text", "txt", "json", "yaml", "yml", "output", "mermaid", "diff", "toml",
        "xml", "html", "css", "log", "ini", "dotenv", "plaintext",
    ]

    /// The lines of a script that do something.
    func commandLines(_ block: Int) -> [String] { codes[block]?.commandLines ?? [] }

    /// Whether a fence is settings, `NAME=value` line by line.
    func isEnvironment(_ block: Int) -> Bool { codes[block]?.isEnvironment ?? false }

    /// The parts of `NAME=value` when the line is nothing else.
    static func assignment(_ line: String) -> (name: String, value: String)? {
        guard line.holds("=") else { return nil }
        var rest = line[...]
        if rest.hasPrefix("export ") { rest = rest.dropFirst(7).drop(while: \.isWhitespace) }
        guard let equals = rest.firstIndex(of: "=") else { return nil }
        let name = rest[..<equals]
        guard let first = name.first, first.isLetter || first == "_",
            name.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") })
        else { return nil }
        var value = rest[rest.index(after: equals)...].trimmed
        if let comment = value.firstRange(of: " #") { value = value[..<comment.lowerBound].trimmed }
        if value.count >= 2, let quote = value.first, "\"'".contains(quote), value.last == quote {
            return (String(name), String(value.dropFirst().dropLast()))
        }
        // What runs to give the value is no setting.
        return value.contains(" ") || value.hasPrefix("$(") ? nil : (String(name), value)
    }

    /// Whether a fence shows a command or a query.
    func isCommandFence(_ block: Int) -> Bool {
        switch document.blocks[block].kind {
        case .fencedCode:
            let language = language(of: block)
            return !Self.notCommands.contains(language) && language != "env"
                && (Self.shells.contains(language)
                    || ["sql", "powershell", "python"].contains(language))
        default: return false
        }
    }

    /// The commands that an item offers: its fences, else a command in its own text.
    func offers(of parts: ItemParts) -> [ItemCommand] {
        let shown = offers(ofFences: parts.fences)
        if !shown.isEmpty { return shown }
        return parts.commands.first.map { [.shell($0)] } ?? []
    }

    /// The commands of fences; instructions, comments alone among them, and settings are none.
    func offers(ofFences fences: [Int]) -> [ItemCommand] {
        fences.compactMap { fence in
            let language = language(of: fence)
            guard let code = codes[fence], !code.commandLines.isEmpty, !code.isEnvironment,
                code.use == .executable
                    || code.use == .output && !Self.shells.contains(language),
                !Self.notCommands.contains(language), language != "env"
            else { return nil }
            if Self.shells.contains(language) { return .shell(script(fence)) }
            return language.isEmpty ? nil : .script(script(fence), interpreter: language)
        }
    }

    /// The code of a block without empty lines around it.
    func script(_ block: Int) -> String {
        let lines = document.lines(of: block).map { line in
            let text = document.text(line.range).withoutSpaceAtEnd
            return line.padding == 0 || text.isEmpty
                ? text : String(repeating: " ", count: line.padding) + text
        }
        guard let first = lines.firstIndex(where: { !$0.isEmpty }),
            let last = lines.lastIndex(where: { !$0.isEmpty })
        else { return "" }
        return lines[first...last].joined(separator: "\n")
    }

    /// Whether a code span is a whole command that the text tells to run: it begins the text or
    /// stands after a colon or a verb.
    static func isCommand(_ span: MarkdownSpan, in inlines: MarkdownInlines) -> Bool {
        guard isCommand(span.text(in: inlines)) else { return false }
        // A verb is short: what stands further before decides nothing.
        let start = max(0, span.textRange.lowerBound - 64)
        let before = inlines.text.withBytes { bytes in
            String(bytes.extracting(start..<span.textRange.lowerBound)).trimmed
        }
        let word = before.split(separator: " ").last?.lowercased() ?? ""
        return before.isEmpty && start == 0 || before.hasSuffix(":") || before.hasSuffix("：")
            || verbs.contains(word)
    }

    private static let verbs: Set<String> = [
        "run", "execute", "running", "rodar", "executar", "ejecutar", "exécuter", "ausführen",
    ]

    /// A known program and at least one argument.
    static func isCommand(_ code: String) -> Bool {
        let words = code.utf8.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2 else { return false }
        let first = String(Substring(words[0]))
        return programs.contains(first) || first.hasPrefix("./") || first.hasPrefix("scripts/")
    }

    static let programs: Set<String> = [
        "npm", "npx", "pnpm", "yarn", "node", "cargo", "soroban", "stellar", "git", "docker",
        "docker-compose", "kubectl", "helm", "terraform", "ansible", "ansible-playbook", "make",
        "curl", "wget", "psql", "mysql", "redis-cli", "mongosh", "python", "python3", "pip", "pip3",
        "pytest", "go", "forge", "cast", "anchor", "solana", "hardhat", "systemctl", "sudo", "ssh",
        "scp", "rsync", "bash", "sh", "aws", "gcloud", "az", "gh", "vercel", "netlify", "fly",
        "flyctl", "heroku", "pm2", "bundle", "rake", "rails", "php", "composer", "mvn", "gradle",
        "./gradlew", "dotnet", "swift", "bun", "deno", "uv", "poetry", "alembic", "prisma",
        "wrangler",
        "pg_dump", "pg_restore", "migrate", "flutter", "fastlane", "twine", "tox", "brew",
        "apt-get",
    ]

    /// What comments of a fence say is to be seen: `# Expected: …`, `# Should …`, `# … should …`.
    func expectations(inFence block: Int) -> [String] {
        var result: [String] = []
        for line in codes[block]?.lines ?? [] {
            guard let comment = Self.comment(line) else { continue }
            if let expected = Self.expectation(comment) {
                result.append(expected)
            } else if comment.lowercased().holds(" should ") {
                result.append(comment)
            }
        }
        return result
    }

    /// The text of a comment line, or `nil` for any other.
    static func comment(_ line: String) -> String? {
        for marker in ["#", "--", "//"] where line.hasPrefix(marker) && !line.hasPrefix("#!") {
            let text = line.dropFirst(marker.count)
            return marker == "--" && text.first != " " ? nil : text.trimmed
        }
        return nil
    }
}

// MARK: Declared kinds

extension ChecklistReader {
    /// The kind that a declaration gives an item; `nil` when it declares none or is at fault.
    mutating func declaredKind(
        _ declaration: Declaration,
        _ parts: ItemParts,
        id: ItemID,
        hasChildren: Bool
    ) -> ItemKind? {
        let line = declaration.line
        var word = declaration.values["kind"]
        if word == nil, declaration.values["capture"] != nil { word = "capture" }
        if word == nil, declaration.values["metric"] != nil { word = "metric" }
        guard let word else { return nil }
        if hasChildren, word != "group" {
            fault("an item with tasks below it is a group, not of kind '\(word)'", line: line)
            return nil
        }
        switch word {
        case "manual": return .manual
        case "observation": return .observation
        case "group": return hasChildren ? .group : .manual
        case "metric":
            guard let metric = declaration.values["metric"] else {
                fault("an item of kind 'metric' names it with metric=", line: line)
                return nil
            }
            return .metric(MetricID(metric))
        case "probe":
            guard let probe = probe(in: parts, declaration) else {
                fault(
                    "an item of kind 'probe' shows 'GET http://…' or 'tcp host:port' as code",
                    line: line
                )
                return nil
            }
            return .probe(probe)
        case "command", "capture", "service":
            if declaration.values["effect"] == nil, word != "service" {
                fault("a declared \(word) says with effect= what it does to the world", line: line)
            }
            guard let command = declaredCommand(declaration, parts) else {
                fault(
                    "an item of kind '\(word)' shows its command as a fence or as code",
                    line: line
                )
                return nil
            }
            if word == "command" { return .command(command) }
            if word == "capture" { return capture(declaration, parts, command) }
            guard let ready = probe(in: parts, declaration) else {
                fault(
                    "a service shows 'GET http://…' or 'tcp host:port' that says it is ready",
                    line: line
                )
                return nil
            }
            return .service(command, ready: ready)
        default:
            fault("'\(word)' is no kind of item", line: line)
            return nil
        }
    }

    private func declaredCommand(_ declaration: Declaration, _ parts: ItemParts) -> ItemCommand? {
        let shell = declaration.values["shell"]
        if let fence = parts.fences.first(where: { !commandLines($0).isEmpty }) {
            let language = language(of: fence)
            if let shell { return .script(script(fence), interpreter: shell) }
            guard language.isEmpty || Self.shells.contains(language) else { return nil }
            return .shell(script(fence))
        }
        let codes = parts.codes.filter { Self.probe($0) == nil }
        guard let code = codes.first, codes.count == 1 else { return nil }
        return .script(code, interpreter: shell ?? "bash")
    }

    private mutating func capture(
        _ declaration: Declaration,
        _ parts: ItemParts,
        _ command: ItemCommand
    ) -> ItemKind? {
        guard let name = declaration.values["capture"] else {
            fault(
                "an item of kind 'capture' names the contract with capture=",
                line: declaration.line
            )
            return nil
        }
        let network = declaration.value("network", expected: "a known network", faults: &faults) {
            try? Network.named($0)
        }
        let kind = ContractID.Kind(of: network?.family ?? .stellar)
        addContract(name, title: parts.title, kind: kind, line: declaration.line, isDeclared: true)
        let source = declaration.value(
            "from",
            expected: "stdout, stdout#/json/pointer, a file or file.json#/json/pointer",
            faults: &faults
        ) { ContractCapture.source($0) }
        return .capture(
            ContractSlot.Name(name),
            from: command,
            on: network,
            taking: ContractCapture(
                from: source ?? .standardOutput,
                derivation: derivation(declaration)
            )
        )
    }

    /// `deployer=` and `salt=` together give the ID before the contract is deployed.
    private mutating func derivation(_ declaration: Declaration) -> ContractID.Derivation? {
        let deployer = declaration.value(
            "deployer",
            expected: "an account (G…) or a contract (C…) of Stellar",
            faults: &faults
        ) { text -> StrKey? in
            let key = try? StrKey(text)
            return key?.kind == .account || key?.kind == .contract ? key : nil
        }
        let salt = declaration.value(
            "salt",
            expected: "64 hexadecimal digits",
            faults: &faults
        ) { text -> [UInt8]? in
            let bytes = Hexadecimal.bytes(of: text)
            return bytes?.count == 32 ? bytes : nil
        }
        if let deployer, let salt { return .address(deployer, salt: salt) }
        if declaration.values["deployer"] != nil, declaration.values["salt"] == nil {
            fault("deployer= needs the salt= that is deployed with", line: declaration.line)
        } else if declaration.values["salt"] != nil, declaration.values["deployer"] == nil {
            fault("salt= needs the deployer= who deploys with it", line: declaration.line)
        }
        return nil
    }

    /// An item with what its declaration adds.
    mutating func declared(_ item: Item, by declaration: Declaration, network: String?) -> Item {
        let effect = declaration.value(
            "effect",
            expected: "none, idempotent, reversible or irreversible",
            faults: &faults
        ) { Effect(rawValue: $0) }
        if effect != nil { hasDeclaredEffect = true }
        let timeout = declaration.value(
            "timeout",
            expected: "a time such as 30s or 5m",
            faults: &faults
        ) {
            Declaration.duration($0)
        }
        let when = declaration.value(
            "when",
            expected: "'tier=production' or the like",
            faults: &faults
        ) {
            Condition($0)
        }
        let scope = declaration.list("environment")
        if !scope.isEmpty { hasDeclaredScope = true }
        let after = declaration.list("after").map { ItemID($0) }
        if !after.isEmpty { hasDeclaredSuccessor = true }
        let evidence = declaration.values["evidence"].map { [$0] } ?? item.evidence
        return Item(
            id: item.id,
            title: item.title,
            kind: item.kind,
            effect: effect,
            requirement: item.requirement,
            scope: scope,
            when: when,
            after: item.after + after.filter { !item.after.contains($0) },
            isWaivable: declaration.flag("waivable", faults: &faults) ?? true,
            offset: item.offset,
            timeout: timeout,
            offers: item.offers,
            expectations: item.expectations,
            evidence: evidence,
            secrets: declaration.list("secrets"),
            inherits: declaration.list("inherit"),
            directory: declaration.values["cwd"],
            suite: declaration.values["suite"],
            isCleanup: declaration.flag("cleanup", faults: &faults) ?? false,
            check: check(declaration),
            retry: retry(declaration),
            output: output(declaration),
            owner: item.owner,
            hooks: declaration.list("hook"),
            children: item.children
        )
    }
}
