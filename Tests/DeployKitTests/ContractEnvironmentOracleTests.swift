// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import Glibc
    import Testing

    /// What other programs read from a rendered file.
    @Suite struct ContractEnvironmentOracleTests {
        private static let shellScript = #"""
            . "$1"; shift
            for name; do eval "printf '%s\\0' \"\$$name\""; done
            """#

        private static let dotenvScript = """
            import sys
            from dotenv import dotenv_values
            values = dotenv_values(sys.argv[1])
            for name in sys.argv[2:]:
                sys.stdout.buffer.write(values[name].encode() + b"\\0")
            """

        @Test(
            arguments: ["bash", "sh"],
            [EnvironmentFile.Dialect.portable, .shell]
        )
        func c9ShellsReadWhatWasRendered(
            _ shell: String,
            _ dialect: EnvironmentFile.Dialect
        ) throws {
            try compare(dialect) { file, names in
                try Program.output(of: [shell, "-c", Self.shellScript, shell, file] + names)
            }
        }

        /// Where python-dotenv is not installed, there is nothing to compare with.
        @Test(.enabled(if: hasDotenv, "python-dotenv is not installed"))
        func c9PythonDotenvReadsWhatWasRendered() throws {
            try compare(.portable) { file, names in
                try Program.output(of: ["python3", "-c", Self.dotenvScript, file] + names)
            }
        }

        private static let nodeScript = """
            const { parseEnv } = require("node:util")
            const values = parseEnv(require("node:fs").readFileSync(process.argv[1], "utf8"))
            for (const name of process.argv.slice(2)) process.stdout.write(values[name] + "\\0")
            """

        /// Node reads such files by itself since version 20.
        @Test(.enabled(if: hasNode, "Node 20 or later is not installed"))
        func c9NodeReadsWhatWasRendered() throws {
            try compare(.portable) { file, names in
                try Program.output(of: ["node", "-e", Self.nodeScript, file] + names)
            }
        }

        static let hasNode: Bool = {
            do {
                return try Program.output(of: ["node", "-e", "require('util').parseEnv('')"]) != nil
            } catch {
                return false
            }
        }()

        /// About ten values each.
        private static let seeds = UInt64(
            max(1, (AuditProofOracleTests.count("DEPLOYKIT_VALUES") ?? 400) / 10)
        )

        static let hasDotenv: Bool = {
            do { return try Program.output(of: ["python3", "-c", "import dotenv"]) != nil } catch {
                return false
            }
        }()

        /// Values that at least one reader does not take literally when they are written naively.
        private static let awkward = [
            "Test SDF Network ; September 2015", "${HOME}", "${HOME}x", "$HOME", "pa$word", "`id`",
            "$(id)", "a#b", "a #b", "it's", "it's ${HOME}", "a\\nb", "a\\\\b", "C:\\dir", "~",
            "a:~", "!x",
            "a\nB=c", " a", "a ", "\"q\"", "'q'", "*", "a&b", "é😀", "",
        ]

        private func compare(
            _ dialect: EnvironmentFile.Dialect,
            read: (String, [String]) throws -> [UInt8]?
        ) throws {
            var variables: [EnvironmentFile.Variable] = []
            for seed in 1...Self.seeds {
                for variable in try ContractEnvironmentFileTests.randomVariables(
                    seed: seed,
                    dialect: dialect
                ) {
                    variables.append(try .init("S\(seed)_\(variable.name)", variable.value))
                }
            }
            for (number, value) in Self.awkward.enumerated() {
                do {
                    _ = try ContractEnvironmentFileTests.line(value, dialect)
                } catch is EnvironmentFileError { continue }
                variables.append(try .init("AWKWARD_\(number)", value))
            }
            let empty = try ContractEnvironmentFileTests.empty()
            let file = try EnvironmentFile(empty, including: variables)
            let path = try Program.temporaryFile(Array(try file.text(in: dialect).utf8))
            defer { unlink(path) }
            let bytes = try #require(try read(path, file.variables.map(\.name)))
            let values = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            #expect(values.count == file.variables.count)
            for (variable, value) in zip(file.variables, values) {
                #expect(Array(variable.value.utf8) == Array(value), "\(variable.name)")
            }
        }
    }
#endif
