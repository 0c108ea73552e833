// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

/// Texts are looked at eight bytes at a time: what needs an escape is found wherever it stands.
@Suite struct JSONEscapeTests {
    /// Two-character escapes where JSON has them, else `\u00xx`; everything else as it is.
    private static func written(_ text: String) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{C}": "\\f",
            "\r": "\\r",
        ]
        let escaped = text.unicodeScalars.map { scalar in
            if let escape = short[scalar] { return escape }
            guard scalar.value < 0x20 else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"" + escaped.joined() + "\""
    }

    @Test(arguments: 1...20)
    func everyByteIsEscapedAtEveryPlace(length: Int) throws {
        let others: [Unicode.Scalar] = ["a", "\u{20}", "!", "#", "[", "]", "\u{7F}", "é", "€", "😀"]
        for value in (1..<0x20).map({ Unicode.Scalar($0) }) + ["\"", "\\"] + others {
            for place in 0..<length {
                var scalars = Array(repeating: Unicode.Scalar("x"), count: length)
                scalars[place] = value
                let text = String(String.UnicodeScalarView(scalars))
                let value = JSONValue.string(text)
                #expect(String(decoding: value.canonicalBytes, as: UTF8.self) == Self.written(text))
                // What lays a member down at once does the same.
                let checklist = Checklist(title: text, phases: [], hooks: [text])
                #expect(checklist.canonicalText == checklist.json.canonicalBytes)
            }
        }
    }

    @Test(arguments: [0, 1, -1, 9, 10, -10, 99, 100, 12_345, Int.max, Int.min + 1])
    func numbersAreWrittenAsTheirValues(number: Int) {
        struct Numbered: JSONObjectForm {
            let number: Int

            func tell(_ members: inout some JSONMembersTaking) { members.take("n", number) }
        }
        let text = String(decoding: Numbered(number: number).canonicalText, as: UTF8.self)
        #expect(text == "{\"n\":\(number)}")
    }

    @Test func aTextLongerThanAPieceIsWrittenWhole() {
        let long = String(repeating: "Light the lamp. ", count: 10_000)
        let checklist = Checklist(title: long, phases: [], hooks: ["a", long, "\"" + long])
        #expect(checklist.canonicalText == checklist.json.canonicalBytes)
        #expect(checklist.hash == SHA256.digest(of: checklist.json.canonicalBytes))
    }
}
