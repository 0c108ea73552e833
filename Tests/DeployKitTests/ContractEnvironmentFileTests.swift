// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractEnvironmentFileTests {
    static let passphrase = "Test SDF Network ; September 2015"

    static func snapshot(
        of environment: Environment? = nil
    ) throws -> ContractRegistry.Snapshot {
        let environment = try environment ?? ContractWorld.staging()
        let slots = try ContractWorld.slots()
        var registry = ContractRegistry(environment: environment.name)
        for (number, slot) in slots.prefix(2).enumerated() {
            let decision = try registry.record(
                ContractWorld.id(UInt8(number + 1), on: slot.network(in: environment)),
                in: slot,
                of: environment,
                from: ContractWorld.origin(1),
                provenance: .standardOutput,
                at: ContractWorld.at(1)
            )
            for event in decision.events { try registry.apply(event) }
        }
        return try registry.snapshot(of: environment, slots: Array(slots.prefix(2)))
    }

    static func empty() throws -> ContractRegistry.Snapshot {
        try ContractRegistry(environment: "staging").snapshot(
            of: ContractWorld.staging(),
            slots: []
        )
    }

    static func line(_ value: String, _ dialect: EnvironmentFile.Dialect) throws -> String {
        let file = try EnvironmentFile(empty(), including: [.init("K", value)])
        return try file.text(in: dialect)
    }

    static let rendered: [(EnvironmentFile.Dialect, String, String?)] = [
        (.portable, "", "K=\n"), (.portable, "a/b:c@d%e+f=g,h.i-j_k", "K=a/b:c@d%e+f=g,h.i-j_k\n"),
        (.portable, passphrase, "K='\(passphrase)'\n"), (.portable, "a#b", "K='a#b'\n"),
        (.portable, "pa$word", "K='pa$word'\n"), (.portable, "~", "K='~'\n"),
        (.portable, "it's", "K=\"it's\"\n"), (.portable, "a\nb", "K='a\nb'\n"),
        (.portable, "${HOME}", nil), (.portable, "a\\b", nil), (.portable, "a\rb", nil),
        (.portable, "it's $5", nil), (.portable, "a\0b", nil),
        (.shell, "it's ${HOME}\n", "K='it'\\''s ${HOME}\n'\n"), (.shell, "a\0", nil),
        (.docker, passphrase, "K=\(passphrase)\n"), (.docker, "a\nB=c", nil), (.docker, "a\r", nil),
        (.systemd, passphrase, "K='\(passphrase)'\n"), (.systemd, "it's $5", "K=\"it's \\$5\"\n"),
        (.systemd, "a\nb", nil),
        (.github, "a=b", "K=a=b\n"), (.github, "a\nb", "K<<deploykit_0\na\nb\ndeploykit_0\n"),
        (.github, "deploykit_0\nb", "K<<deploykit_1\ndeploykit_0\nb\ndeploykit_1\n"),
        (.gitlab, "a b", "K=a b\n"), (.gitlab, "a$b", nil), (.gitlab, " a", nil),
        (.gitlab, "a\nb", nil),
        (.json, "a\"\\\n\u{1}é", "{\n  \"K\": \"a\\\"\\\\\\n\\u0001é\"\n}\n"),
        (.yaml, "no\u{85}\u{2028}", "\"K\": \"no\\u0085\\u2028\"\n"),
    ]

    @Test(arguments: rendered)
    func rendersOrRefuses(
        _ dialect: EnvironmentFile.Dialect,
        _ value: String,
        _ expected: String?
    ) throws {
        guard let expected else {
            let error = #expect(throws: EnvironmentFileError.self) { try Self.line(value, dialect) }
            #expect(error?.code == .value)
            #expect(error?.message.contains("value of K") == true)
            return
        }
        #expect(try Self.line(value, dialect) == expected)
    }

    @Test func namesThatChangeExecutionAreRefused() {
        for name in ["PATH", "LD_PRELOAD", "BASH_ENV", "NODE_OPTIONS", "DYLD_X", "IFS"] {
            let error = #expect(throws: EnvironmentFileError.self) {
                try EnvironmentFile.checkName(name)
            }
            #expect(error?.code == .execution)
        }
        for name in ["", "1A", "A-B", "A B", "É", "A=B", "A\n"] {
            let error = #expect(throws: EnvironmentFileError.self) {
                try EnvironmentFile.checkName(name)
            }
            #expect(error?.code == .name)
        }
    }

    @Test func reservedNamesAndLimitsOfPlatforms() throws {
        let reserved = try EnvironmentFile(
            Self.empty(),
            including: [.init("GITHUB_TOKEN", "a")]
        )
        #expect(
            #expect(throws: EnvironmentFileError.self) { try reserved.text(in: .github) }?.code
                == .execution
        )
        let many = try (0..<21).map { try EnvironmentFile.Variable("V\($0)", "a") }
        let file = try EnvironmentFile(Self.empty(), including: many)
        #expect(
            #expect(throws: EnvironmentFileError.self) { try file.text(in: .gitlab) }?.code
                == .limit
        )
        #expect(try file.text(in: .portable).utf8.count == 21 * 5 + 11)
    }

    @Test func aFileIsOfOneEnvironment() throws {
        let production = try ContractWorld.production()
        let snapshot = try Self.snapshot(of: production)
        let test = try ContractWorld.id(9, on: .stellarTestnet).text
        for value in [
            test, "https://example.org/\(test)", Self.passphrase,
            "https://soroban-testnet.stellar.org", "http://localhost:8000",
        ] {
            let error = #expect(throws: EnvironmentFileError.self) {
                try EnvironmentFile(snapshot, including: [.init("OTHER", value)])
            }
            #expect(error?.code == .foreign)
        }
        let native = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA"
        let file = try EnvironmentFile(snapshot, including: [.init("NATIVE", native)])
        #expect(
            file.variables.map(\.name) == ["NATIVE", "TOKEN_CONTRACT_ID", "VESTING_CONTRACT_ID"]
        )
        #expect(
            #expect(throws: EnvironmentFileError.self) {
                try EnvironmentFile(snapshot, including: [.init("TOKEN_CONTRACT_ID", "a")])
            }?.code == .duplicate
        )
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func c9ReadingARenderedFileGivesTheSameValues(seed: UInt64) throws {
        let variables = try Self.randomVariables(seed: seed, dialect: .portable)
        let file = try EnvironmentFile(Self.empty(), including: variables)
        let reading = EnvironmentFile.read(try file.text(in: .portable))
        #expect(reading.findings == [])
        #expect(reading.variables.map(\.name) == file.variables.map(\.name))
        #expect(reading.variables.map(\.value) == file.variables.map(\.value))
    }

    /// Values of awkward characters that the dialect can hold.
    static func randomVariables(
        seed: UInt64,
        dialect: EnvironmentFile.Dialect
    ) throws -> [EnvironmentFile.Variable] {
        var random = ContractWorld.Random(state: seed)
        let alphabet = Array("aZ9 '\"$`\\#~{}!=&;|<>*?[]()%@:,.-_+\n\té😀")
        var variables: [EnvironmentFile.Variable] = []
        for number in 0..<12 {
            let length = Int.random(in: 0...9, using: &random)
            let value = String(
                (0..<length).compactMap { _ in alphabet.randomElement(using: &random) }
            )
            do {
                _ = try line(value, dialect)
            } catch is EnvironmentFileError { continue }
            variables.append(try EnvironmentFile.Variable("V\(number)", value))
        }
        return variables
    }
}

@Suite struct ContractEnvironmentCheckTests {
    private func rules(_ text: String) throws -> [String] {
        let snapshot = try ContractEnvironmentFileTests.snapshot()
        return EnvironmentFile.check(text, against: snapshot).map {
            "\($0.line ?? 0) \($0.rule.rawValue)"
        }
    }

    @Test func aRenderedFileHasNoFaults() throws {
        let snapshot = try ContractEnvironmentFileTests.snapshot()
        let text = try EnvironmentFile(snapshot).text(in: .portable)
        #expect(try rules(text) == [])
        #expect(try rules("# comment\n\n" + text + "PORT=3000") == [])
        #expect(try rules("\u{FEFF}" + text) == ["1 file-bom"])
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
        #expect(
            try rules(lines.joined(separator: "\r\n") + "\r\n") == ["1 file-crlf", "2 file-crlf"]
        )
    }

    @Test func namesEveryFaultWithItsLine() throws {
        let other = try ContractWorld.id(77, on: .stellarTestnet).text
        let text = """
            TOKEN_CONTRACT_ID=\(other)
            TOKEN_CONTRACT_ID=DEFAULT_ID
            PATH=/bin
            export A=b
            B='a
            c'
            D=a b
            E=
            """
        #expect(
            try rules(text) == [
                "1 file-different", "1 file-foreign", "2 file-duplicate", "2 file-placeholder",
                "3 file-execution", "4 file-not-portable", "7 file-not-portable",
                "8 file-placeholder", "0 file-missing",
            ]
        )
    }

    @Test(arguments: [
        "A='b", "A=\"b", "A=\"$b\"", "A='a'b", "A ='b'", "A= b", "A=a#b", "A='${b}'", "A='a\\b'",
        "A", "=b", "1=b",
    ])
    func linesThatReadersDifferOnAreReported(_ text: String) {
        #expect(EnvironmentFile.read(text).findings.map(\.rule) == [.notPortable])
        #expect(EnvironmentFile.read(text).variables == [])
    }

    /// `String` calls U+212A, the Kelvin sign, equal to `K`; a reader of bytes does not.
    @Test func aLookAlikeIsDifferent() throws {
        let staging = try ContractWorld.staging()
        let slot = try ContractWorld.slots()[0]
        var registry = ContractRegistry(environment: "staging")
        let id = try ContractID(
            "CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW",
            on: .stellarTestnet
        )
        let decision = try registry.record(
            id,
            in: slot,
            of: staging,
            from: ContractWorld.origin(1),
            provenance: .manual,
            at: ContractWorld.at(1)
        )
        for event in decision.events { try registry.apply(event) }
        let snapshot = try registry.snapshot(of: staging, slots: [slot])
        let scalars = id.text.unicodeScalars.map { $0 == "K" ? "\u{212A}" : String($0) }
        let findings = EnvironmentFile.check(
            "VESTING_CONTRACT_ID='\(scalars.joined())'\n",
            against: snapshot
        )
        #expect(findings.map(\.rule) == [.different])
    }

    @Test func neverRepeatsAValueOfTheFile() throws {
        let seed = ContractIDTests.seed
        let snapshot = try ContractEnvironmentFileTests.snapshot()
        let findings = EnvironmentFile.check(
            "TOKEN_CONTRACT_ID=\(seed)\nS=\(seed) x\n",
            against: snapshot
        )
        #expect(findings.count == 3)
        #expect(findings.allSatisfy { !$0.description.contains(seed.dropFirst(4)) })
    }
}
