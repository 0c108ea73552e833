// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import DeployKitTesting
import Testing

/// What is read byte by byte, held against the standard library's characters.
@Suite struct WordTests {
    private static let pieces = [
        "a", "B", "ab", "bab", "Deploy", "no-go", "-", "'", "1", "23.", "4)", " ", "  ", "\t", "\n",
        ".", ",", "/", "é", "Über", "–", "部署", "、", "🚢", "\u{A0}", "İ",
    ]

    private static func text(_ random: inout SplitMix64, ascii: Bool) -> String {
        let pieces = Self.pieces.filter { !ascii || $0.utf8.allSatisfy { $0 < 0x80 } }
        let count = Int.random(in: 0...40, using: &random)
        return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func aPhraseIsFoundWhereItsBytesStand(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let phrases = (0..<4).map { _ in Self.text(&random, ascii: false) }.filter { !$0.isEmpty }
        let text = Self.text(&random, ascii: false) + (phrases.randomElement(using: &random) ?? "")
        let bytes = Array(text.utf8)
        func stands(_ phrase: String, at start: Int) -> Bool {
            bytes[start...].starts(with: phrase.utf8)
        }
        let list = PhraseList(phrases)
        let occurs = phrases.contains { phrase in
            bytes.indices.contains { stands(phrase, at: $0) }
        }
        #expect(list.occur(in: text) == occurs)
        #expect(list.begin(text) == phrases.contains { stands($0, at: 0) })
        #expect(!PhraseList([]).occur(in: text))
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func wordsAreRunsOfTheirCharacters(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = Self.text(&random, ascii: seed.isMultiple(of: 2))
        #expect(
            text.words(of: .letters) == text.lowercased().split { !$0.isLetter }.map(String.init)
        )
        #expect(
            text.words(of: [.letters, .numbers])
                == text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        )
        #expect(
            text.words(of: [.letters, .hyphens])
                == text.lowercased().split { !$0.isLetter && $0 != "-" && $0 != "–" }
                .map(String.init)
        )
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func trimmingTakesWhiteSpaceOnly(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = Self.text(&random, ascii: seed.isMultiple(of: 2))
        let inner = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
        #expect(text.trimmed == String(inner.reversed()))
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func aSlugIsTheSameByBytesAndByCharacters(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let title = Self.text(&random, ascii: true)
        #expect(Naming.slug(title) == Self.slug(ofCharacters: title))
    }

    /// The rule of ``Naming``, character by character.
    private static func slug(ofCharacters title: String) -> String {
        var rest = title.drop(while: \.isWhitespace)
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        let after = rest[digits.endIndex...]
        if digits.first?.isNumber == true, digits.last == "." || after.first == ")" {
            let named = after.drop { $0 == ")" || $0.isWhitespace }
            if !named.isEmpty { rest = named }
        }
        var words: [String] = [""]
        for character in rest.lowercased() where character != "'" || words.last == "" {
            if character.isLetter || character.isNumber {
                words[words.count - 1].append(character)
            } else if character != "'" {
                words.append("")
            }
        }
        words.removeAll(where: \.isEmpty)
        var slug = words.first.map { String($0.prefix(80)) } ?? "item"
        for word in words.dropFirst() {
            guard slug.count + word.count < 80 else { break }
            slug += "-" + word.prefix(80)
        }
        return slug
    }

    @Test func aTextOfMoreThan4096BytesIsNoThreshold() {
        let bound = "rate > 5%"
        let fill = String(repeating: "x", count: 4096 - bound.utf8.count - 1)
        #expect(ThresholdPhrase.reading(of: fill + " " + bound) != nil)
        #expect(ThresholdPhrase.reading(of: fill + "x " + bound) == nil)
    }

    @Test func proseShowsItsFirstLineAlone() throws {
        let page = "# Ferry\r\n\r\nred\r\n\r\n* a\r\n* b\r\n\r\n- [ ] Cast off\r\n"
        #expect(try read(page).proseBlocks.map(\.text) == ["red", "* a"])
    }

    @Test func theAnswerOfCheckIsCanonicalText() throws {
        for page in [ferryChecklist, "# A\n\n- [ ] b\n", "# \"A\"\n\n- [ ] \\ \u{1}\n"] {
            let document = try read(page)
            let file = CheckedFile(
                document,
                path: "a \"b\".md",
                findings: document.findings
            )
            let value = try JSONValue(canonical: file.canonicalText, within: .definition)
            #expect(value == document.json(path: "a \"b\".md"))
            let checklist = document.checklist
            #expect(checklist.canonicalText == checklist.json.canonicalBytes)
            #expect(
                try JSONValue(canonical: checklist.canonicalText, within: .definition)
                    == checklist.json
            )
        }
    }
}
