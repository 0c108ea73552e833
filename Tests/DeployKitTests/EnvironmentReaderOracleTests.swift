// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import DeployKitTesting
    import Glibc
    import Testing

    /// What the programs themselves make of lines that nobody would write, beside what we say that
    /// they do.
    @Suite struct EnvironmentReaderOracleTests {
        private static let count = AuditProofOracleTests.count("DEPLOYKIT_LINES") ?? 300

        /// Lines from the characters that have a meaning somewhere; none of them redirects.
        private static func lines(_ seed: UInt64, _ characters: String) -> [String] {
            var random = SplitMix64(seed: seed)
            let alphabet = Array(characters)
            return (0..<count).map { _ in
                let length = Int.random(in: 0...10, using: &random)
                return "K="
                    + String(
                        (0..<length).compactMap { _ in alphabet.randomElement(using: &random) }
                    )
            }
        }

        /// Runs in an empty folder without programs; each file may end its own subshell only.
        private static let shellScript = #"""
            cd "$1" || exit 1; PATH=/nonexistent; HOME=/home/nobody
            number=0
            while [ "$number" -lt "$2" ]; do
                ( unset K; . "./$number.env" >/dev/null 2>&1; printf '%s' "=${K-}" ) 2>/dev/null
                printf '\001'
                number=$((number + 1))
            done
            """#

        @Test(arguments: ["bash", "dash"])
        func theShellIsWhatWeSay(_ shell: String) throws {
            guard try Program.output(of: [shell, "-c", ""]) != nil else {
                print("\(shell) is not installed; its reading was not compared")
                return
            }
            let lines = Self.lines(11, "aZ9 '\"$`\\#~{}!=:-.é\t")
            var template = Array("/tmp/environment-reader-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            let folder = String(
                decoding: template.dropLast().map(UInt8.init(bitPattern:)),
                as: UTF8.self
            )
            defer { _ = try? Program.output(of: ["rm", "-rf", folder]) }
            for (number, line) in lines.enumerated() {
                let file = try #require(fopen("\(folder)/\(number).env", "w"))
                fputs(line + "\n", file)
                fclose(file)
            }
            let words = [shell, "-c", Self.shellScript, shell, folder, "\(lines.count)"]
            let bytes = try #require(try Program.output(of: words))
            let answers = bytes.split(separator: 1, omittingEmptySubsequences: false).dropLast()
            try #require(answers.count == lines.count)
            var compared = 0
            for (line, answer) in zip(lines, answers) {
                let sight = EnvironmentReader.shell.sights(in: line + "\n").last { $0.name == "K" }
                switch sight?.outcome {
                case .value(let value):
                    #expect(Array(answer) == Array("=\(value)".utf8), "\(line)")
                    compared += 1
                case .command, .refused, nil:
                    #expect(answer.count <= 1, "\(line)")
                    compared += 1
                case .expanded: continue
                }
            }
            #expect(compared > lines.count / 3)
        }

        private static let python = """
            import io, os, sys, base64
            from dotenv import dotenv_values
            os.environ.clear()
            for line in open(sys.argv[1]):
                text = base64.b64decode(line).decode()
                value = dotenv_values(stream=io.StringIO(text)).get("K")
                print("-" if value is None else "=" + base64.b64encode(value.encode()).decode())
            """

        private static let node = """
            const { parseEnv } = require("node:util")
            for (const line of require("node:fs").readFileSync(process.argv[1], "utf8").split("\\n")) {
                if (line === "") continue
                const value = parseEnv(Buffer.from(line.slice(1), "base64").toString()).K
                console.log(value === undefined ? "-" : "=" + Buffer.from(value).toString("base64"))
            }
            """

        @Test(
            .enabled(if: ContractEnvironmentOracleTests.hasDotenv, "python-dotenv is not installed")
        )
        func pythonDotenvIsWhatWeSay() throws {
            let texts = Self.lines(12, "aZ9 '\"$`\\#~{}!=:-.é\t\n").map { $0 + "\nL=1\n" }
            let input = texts.map { "\(Base64.encode(Array($0.utf8)))\n" }.joined()
            let path = try Program.temporaryFile(Array(input.utf8))
            defer { unlink(path) }
            let bytes = try #require(
                try Program.output(of: ["python3", "-c", Self.python, path])
            )
            compare(.pythonDotenv, texts, String(decoding: bytes, as: UTF8.self))
        }

        @Test(.enabled(if: ContractEnvironmentOracleTests.hasNode, "Node 20 is not installed"))
        func nodeIsWhatWeSay() throws {
            let texts = Self.lines(13, "aZ9 '\"$`\\#~{}!=:-.é\t\n").map { $0 + "\nL=1\n" }
            let input = texts.map { ":\(Base64.encode(Array($0.utf8)))\n" }.joined()
            let path = try Program.temporaryFile(Array(input.utf8))
            defer { unlink(path) }
            let bytes = try #require(try Program.output(of: ["node", "-e", Self.node, path]))
            compare(.node, texts, String(decoding: bytes, as: UTF8.self))
        }

        private func compare(_ reader: EnvironmentReader, _ texts: [String], _ answers: String) {
            let answers = answers.split(separator: "\n")
            #expect(answers.count == texts.count)
            var compared = 0
            for (text, answer) in zip(texts, answers) {
                let sight = reader.sights(in: text).last { $0.name == "K" }
                switch sight?.outcome {
                case .value(let value):
                    compared += 1
                    #expect(
                        answer == "=" + Base64.encode(Array(value.utf8)),
                        "\(text.debugDescription)"
                    )
                case .command, .refused, nil:
                    compared += 1
                    #expect(answer == "-", "\(text.debugDescription)")
                case .expanded: continue
                }
            }
            #expect(compared > texts.count / 3)
        }
    }
#endif
