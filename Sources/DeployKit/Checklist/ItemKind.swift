// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How an item is done.
@nonexhaustive
public enum ItemKind: Hashable, Sendable {
    /// A person does it and says so.
    case manual
    /// A command does it, and has done it when it exits 0.
    indirect case command(ItemCommand)
    /// A command that is started and stays; it is done when its probe passes.
    indirect case service(ItemCommand, ready: Probe)
    /// A question to a server.
    indirect case probe(Probe)
    /// A command that deploys a contract and names its ID, by default on standard output: exactly
    /// one, on this network, or without one on the only network of the environment.
    indirect case capture(
        ContractSlot.Name,
        from: ItemCommand,
        on: Network? = nil,
        taking: ContractCapture = ContractCapture()
    )
    /// A success metric that must be met.
    case metric(MetricID)
    /// Something that a person looks at again and again.
    case observation
    /// Nothing by itself: its state follows from its children.
    case group

    /// The word for the kind, as in the declared grammar.
    public var word: String {
        switch self {
        case .manual: "manual"
        case .command: "command"
        case .service: "service"
        case .probe: "probe"
        case .capture: "capture"
        case .metric: "metric"
        case .observation: "observation"
        case .group: "group"
        }
    }

    /// The command that a run executes, where there is one.
    public var command: ItemCommand? {
        switch self {
        case .command(let command), .service(let command, _), .capture(_, let command, _, _):
            command
        case .manual, .probe, .metric, .observation, .group: nil
        }
    }

    /// Whether a runner can do it without a person.
    public var isAutomatic: Bool {
        switch self {
        case .command, .service, .probe, .capture: true
        case .manual, .metric, .observation, .group: false
        }
    }
}

/// What an item does to the world, which decides what may be done after it got lost.
public enum Effect: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// It only looks.
    case none
    /// Doing it twice is as good as once.
    case idempotent
    /// It changes something that can be changed back.
    case reversible
    /// It changes something for good.
    case irreversible

    /// Whether a lost attempt may simply be made again.
    public var allowsBlindRetry: Bool { self == .none || self == .idempotent }
}

/// A command as the checklist gives it.
@nonexhaustive
public enum ItemCommand: Hashable, Sendable {
    /// A program and its arguments, started without a shell.
    case arguments([String])
    /// A script and the interpreter that reads it, such as `bash` or `sql`.
    case script(String, interpreter: String)

    /// A program and its arguments, started without a shell.
    public static func command(_ program: String, _ arguments: String...) -> Self {
        .arguments([program] + arguments)
    }

    /// A script for `bash -euo pipefail`.
    public static func shell(_ script: String) -> Self {
        .script(script, interpreter: "bash")
    }

    /// What a person is shown: the script, or the arguments separated by spaces.
    public var text: String {
        switch self {
        case .arguments(let arguments): arguments.joined(separator: " ")
        case .script(let script, _): script
        }
    }
}

/// A question to a server, and the answer that counts as healthy.
@nonexhaustive
public enum Probe: Hashable, Sendable {
    /// An HTTP request with the answer that is expected.
    case http(HTTPRequest)
    /// A TCP connection: healthy when it is accepted.
    case tcp(host: String, port: Int)

    /// A GET request that expects the status 200.
    public static func get(_ url: String, content: String? = nil) -> Self {
        .http(HTTPRequest("GET", url, content: content))
    }

    /// Whether the question changes nothing.
    public var isReadOnly: Bool {
        switch self {
        case .http(let request): request.isSafe
        case .tcp: true
        }
    }

    /// What a person is shown.
    public var text: String {
        switch self {
        case .http(let request): "\(request.method) \(request.url)"
        case .tcp(let host, let port): "tcp \(host):\(port)"
        }
    }
}

extension ItemKind: JSONConvertible {
    /// An object with the member `is`, the ``word``, and what belongs to it.
    public var json: JSONValue {
        switch self {
        case .manual, .observation, .group:
            .members(["is": word.json])
        case .command(let command):
            .members(["is": word.json, "command": command.json])
        case .service(let command, let probe):
            .members(["is": word.json, "command": command.json, "ready": probe.json])
        case .probe(let probe):
            .members(["is": word.json, "probe": probe.json])
        case .capture(let slot, let command, let network, let capture):
            .members([
                "is": word.json, "slot": slot.json, "command": command.json,
                "network": network?.json,
                "taking": capture == ContractCapture() ? nil : capture.json,
            ])
        case .metric(let metric):
            .members(["is": word.json, "metric": metric.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        let word: String = try members.required("is")
        switch word {
        case "manual": self = .manual
        case "observation": self = .observation
        case "group": self = .group
        case "command":
            self = .command(try members.required("command", as: ItemCommand.self))
        case "service":
            self = .service(try members.required("command"), ready: try members.required("ready"))
        case "probe": self = .probe(try members.required("probe"))
        case "capture":
            self = .capture(
                try members.required("slot"),
                from: try members.required("command"),
                on: try members.optional("network"),
                taking: try members.optional("taking") ?? ContractCapture()
            )
        case "metric": self = .metric(try members.required("metric"))
        default: throw JSONError(.value, "'\(word)' is no kind of item", path: ["is"])
        }
        try members.finish()
    }
}

extension ItemCommand: JSONConvertible {
    /// An object with `arguments`, or with `script` and `interpreter`.
    public var json: JSONValue {
        switch self {
        case .arguments(let arguments): .members(["arguments": arguments.json])
        case .script(let script, let interpreter):
            .members(["script": script.json, "interpreter": interpreter.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else, or names no program.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        if let arguments = try members.optional("arguments", as: [String].self) {
            guard !arguments.isEmpty else {
                throw JSONError(.value, "a command names a program", path: ["arguments"])
            }
            self = .arguments(arguments)
        } else {
            self = .script(
                try members.required("script"),
                interpreter: try members.required("interpreter")
            )
        }
        try members.finish()
    }
}

extension Probe: JSONConvertible {
    /// An object with `url` and what belongs to it, or with `host` and `port`.
    public var json: JSONValue {
        switch self {
        case .http(let request): request.json
        case .tcp(let host, let port):
            .members(["host": host.json, "port": port.json])
        }
    }

    /// Reads the object that ``json`` writes.
    ///
    /// - Throws: ``JSONError`` when `json` is anything else.
    public init(json: JSONValue) throws(JSONError) {
        if json["url"] != nil {
            self = .http(try HTTPRequest(json: json))
            return
        }
        var members = try JSONMembers(json)
        self = .tcp(host: try members.required("host"), port: try members.required("port"))
        try members.finish()
    }
}

extension ItemCommand {
    /// The placeholders such as `<prod-host>` in the command, which nothing gives a value.
    ///
    /// A redirection (`<file`, `<<EOF`, `<(list)`) is none: a placeholder begins with a letter, has
    /// nothing but letters, digits, `-`, `_` and spaces, and ends with `>`.
    public var placeholders: [String] {
        var found: [String] = []
        let characters = Array(text)
        var start = 0
        while let open = characters[start...].firstIndex(of: "<") {
            start = open + 1
            guard start < characters.count, characters[start].isLetter,
                let close = characters[start...].firstIndex(of: ">"), close - start <= 64,
                characters[start..<close].allSatisfy({
                    $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_"
                })
            else { continue }
            let name = String(characters[start..<close])
            if !found.contains(name) { found.append(name) }
        }
        return found
    }
}
