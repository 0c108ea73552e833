// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@testable import deploykit_cli

@Suite struct ArgumentsTests {
    private let verb = Verb(
        "try",
        "a verb of the tests",
        operands: [Operand("ITEM"), Operand("MORE", .optional)],
        options: [
            Option("note", "TEXT", "a text"),
            Option("evidence", "FILE", isRepeated: true, "files"),
            Option(flag: "happened", "a flag"),
        ],
        examples: []
    ) { _ in .done }

    private func message(_ words: String...) -> String? {
        do {
            _ = try Arguments(words, for: verb)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func optionsStandBeforeAfterAndBetweenOperands() throws {
        let arguments = try Arguments(
            ["--note", "a b", "1.4", "--happened", "more", "--evidence=x=y", "--evidence", "z"],
            for: verb
        )
        #expect(arguments.operands == ["1.4", "more"])
        #expect(arguments["note"] == "a b")
        #expect(arguments.all("evidence") == ["x=y", "z"])
        #expect(arguments.has("happened"))
        #expect(!arguments.has("json"))
    }

    @Test func whatFollowsTwoDashesIsAnOperandWhateverItLooksLike() throws {
        let arguments = try Arguments(["--", "--note", "-"], for: verb)
        #expect(arguments.operands == ["--note", "-"])
        #expect(arguments.options.isEmpty)
    }

    @Test func aSingleDashIsAnOperand() throws {
        #expect(try Arguments(["-"], for: verb).operands == ["-"])
    }

    @Test func anAttachedValueMayBeEmptyAndMayLookLikeAnOption() throws {
        #expect(try Arguments(["1", "--note="], for: verb)["note"] == "")
        #expect(try Arguments(["1", "--note=--json"], for: verb)["note"] == "--json")
        #expect(try Arguments(["1", "--note", "-5"], for: verb)["note"] == "-5")
    }

    @Test func whatMakesNoSenseIsNamed() {
        #expect(message("1", "--note") == "--note needs a value: --note TEXT")
        #expect(message("1", "--note", "--json") == "--note needs a value, and '--json' follows")
        #expect(message("1", "--happened=yes") == "--happened takes no value")
        #expect(message("1", "--note", "a", "--note", "b") == "--note is given twice")
        #expect(message("1", "-x") == "'try' has no option '-x'")
        #expect(message() == "ITEM is missing")
        #expect(message("1", "2", "3") == "'3' is one word too many")
        #expect(message("") == "operand 1 is empty")
    }

    @Test func helpNeedsNoOperand() throws {
        #expect(try Arguments(["--help"], for: verb).has("help"))
        #expect(try Arguments(["-h"], for: verb).has("help"))
    }

    @Test func aMisspeltOptionIsSuggested() {
        let error = #expect(throws: UsageError.self) {
            try Arguments(["1", "--evidense", "x"], for: verb)
        }
        #expect(error?.hints.first == "did you mean --evidence?")
    }

    @Test func aMisspeltVerbIsSuggested() {
        let error = #expect(throws: UsageError.self) { try Verb.find(["statsu"]) }
        #expect(error?.hints.first == "did you mean 'deploykit status'?")
        let half = #expect(throws: UsageError.self) { try Verb.find(["contract", "recrod"]) }
        #expect(half?.hints.contains("deploykit contract record") == true)
    }

    @Test func aVerbOfTwoWordsTakesBoth() throws {
        let (verb, rest) = try Verb.find(["contract", "list", "--json"])
        #expect(verb.name == "contract list")
        #expect(Array(rest) == ["--json"])
    }

    // The table of the definition by Damerau (1964), adjacent transpositions once.
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("status", "statsu", 1),
        ("ca", "abc", 3), ("Same", "same", 0),
    ])
    func distanceCountsEdits(left: String, right: String, expected: Int) {
        #expect(Suggestion.distance(left, right) == expected)
        #expect(Suggestion.distance(right, left) == expected)
    }

    @Test func everyVerbExplainsItselfWithinEightyColumns() {
        for verb in Verb.all {
            let text = Help.text(for: verb)
            #expect(text.contains("Examples\n") && text.contains("Exit codes\n"))
            for line in text.split(separator: "\n") where line.count > 80 {
                Issue.record("\(verb.name): \(line)")
            }
        }
        #expect(Set(Verb.all.map(\.name)).count == Verb.all.count)
    }

    @Test func shellQuotingSurvivesAnything() {
        #expect("plain-1.4".shellQuoted == "plain-1.4")
        #expect("it's $HOME".shellQuoted == #"'it'\''s $HOME'"#)
        #expect("".shellQuoted == "''")
    }

    @Test func storedTextCannotMoveTheCursor() {
        let shown = "a\u{1B}[2Jb\u{202E}c\nd".visible
        #expect(!shown.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
        #expect(!shown.contains("\n"))
    }
}
