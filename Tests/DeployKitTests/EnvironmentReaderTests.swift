// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// What programs make of lines on which they differ, as was measured with the programs themselves.
@Suite struct EnvironmentReaderTests {
    /// A line, and what shell, python-dotenv, dotenv, Node, Compose and Docker make of it: a value,
    /// `*` for one that depends on something else, `!` for none.
    static let table: [(String, [String])] = [
        (
            "K=Test SDF Network ; September 2015",
            ["!"]
                + [String](repeating: "Test SDF Network ; September 2015", count: 5)
        ),
        (
            "K='Test SDF Network ; September 2015'",
            [String](repeating: "Test SDF Network ; September 2015", count: 5)
                + ["'Test SDF Network ; September 2015'"]
        ),
        ("K=a#b", ["a#b", "a#b", "a", "a", "a#b", "a#b"]),
        ("K=pa$word", ["*", "pa$word", "pa$word", "pa$word", "*", "pa$word"]),
        ("K='${HOME}x'", ["${HOME}x", "*", "${HOME}x", "${HOME}x", "${HOME}x", "'${HOME}x'"]),
        ("K=\"a\\nb\"", ["a\\nb", "a\nb", "a\nb", "a\nb", "a\nb", "\"a\\nb\""]),
        ("K='it\\'s'", ["!", "it's", "it\\'s", "it\\", "it's", "'it\\'s'"]),
        ("K='a\\\\b'", ["a\\\\b", "a\\b", "a\\\\b", "a\\\\b", "a\\\\b", "'a\\\\b'"]),
        ("K=\"p\\$w\"", ["p$w", "p\\$w", "p\\$w", "p\\$w", "p$w", "\"p\\$w\""]),
        (
            "K=C:\\dir\\new",
            ["C:dirnew", "C:\\dir\\new", "C:\\dir\\new", "C:\\dir\\new", "C:\\dir\\new"]
                + ["C:\\dir\\new"]
        ),
        ("export K=v", ["v", "v", "v", "v", "v", "!"]),
        ("K=plain", [String](repeating: "plain", count: 6)),
    ]

    @Test(arguments: table)
    func readersDifferAsMeasured(_ line: String, _ expected: [String]) {
        let readers: [EnvironmentReader] = [
            .shell, .pythonDotenv, .dotenv, .node, .compose, .docker,
        ]
        let found = readers.map { reader -> String in
            let sight = reader.sights(in: line + "\n").last { $0.name == "K" }
            return switch sight?.outcome {
            case .value(let value): value
            case .expanded: "*"
            case .command, .refused, nil: "!"
            }
        }
        #expect(found == expected)
    }

    @Test func diagnosesSayWhereReadersDiffer() throws {
        let text = "A=1\r\nB='x'\n# c\nC=a b\nC=d\n\nD\n"
        let found = EnvironmentDiagnosis.diagnoses(of: text, readers: [.shell, .node, .docker])
        #expect(found.map(\.name) == ["A", "B", "C"])
        #expect(found.map(\.line) == [1, 2, 5])
        #expect(found.map(\.isAgreed) == [false, false, true])
        #expect(found[0].outcomes[.shell] == .some(.value("1\r")))
    }

    @Test(arguments: [
        ("K='a b'", "a b"), ("K=\"a \\\"b\\\" \\$\"", "a \"b\" $"), ("K=a\\ b ", "a b"),
        ("; c\nK = 'x'", "x"), ("K='a' 'b'", "ab"), ("K=a \\\nb", "a b"), ("K=\"a\\qb\"", "a\\qb"),
    ])
    func systemdReadsQuotesAndEscapes(_ text: String, _ value: String) {
        let sights = EnvironmentReader.systemd.sights(in: text + "\n")
        #expect(sights.map(\.outcome) == [.value(value)])
    }

    @Test func githubReadsLinesBetweenDelimiters() {
        let text = "A=b=c\nB<<X\n1\n\n2\nX\nC<<Y\nrest\n"
        let sights = EnvironmentReader.github.sights(in: text)
        #expect(sights.map(\.name) == ["A", "B", "C"])
        #expect(sights.map(\.outcome) == [.value("b=c"), .value("1\n\n2"), .refused])
    }

    @Test(arguments: EnvironmentReader.allCases, 1...150 as ClosedRange<UInt64>)
    func noTextMakesAReaderFail(_ reader: EnvironmentReader, seed: UInt64) {
        var random = ContractWorld.Random(state: seed)
        let alphabet = Array("aK9 ='\"$`\\#~{}!:;-<>()&|é\n\r\t\0=\n")
        let text = String(
            (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
        )
        let lines = text.utf8.count { $0 == 0x0A } + text.utf8.count { $0 == 0x0D } + 1
        for sight in reader.sights(in: text) { #expect((1...lines).contains(sight.line)) }
    }
}
