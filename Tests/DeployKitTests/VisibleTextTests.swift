// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("plain\ttext\n", "plain\ttext\n"), ("a\r\nb", "a\nb"), ("50%\r100%", "50%␍100%"),
        ("\u{1B}[31mred\u{1B}[0m", "␛[31mred␛[0m"), ("\u{0}\u{7F}\u{9B}", "␀␡⟨U+009B⟩"),
        ("if \u{202E}evil\u{2066}", "if ⟨U+202E⟩evil⟨U+2066⟩"),
        ("a\u{200B}b\u{FEFF}", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("\u{E0041}\u{E000}", "⟨U+E0041⟩⟨U+E000⟩"), ("a\u{FFF9}b", "a⟨U+FFF9⟩b"),
        ("a\u{115F}b", "a⟨U+115F⟩b"),
        ("l\u{2028}m", "l⟨U+2028⟩m"),
        ("👩\u{200D}🚀 é ✅\u{FE0F}", "👩\u{200D}🚀 é ✅\u{FE0F}"), ("a\u{200D}b", "a⟨U+200D⟩b"),
    ])
    func whatCouldDeceiveIsNamed(_ text: String, _ expected: String) {
        #expect(VisibleText.render(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        #expect(VisibleText.render([0x61, 0xFF, 0x62] as [UInt8]) == "a\u{FFFD}b")
    }

    @Test func renderingTwiceChangesNothing() {
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), value < 0x3000 || value % 37 == 0 else {
                continue
            }
            let once = VisibleText.render(String(Character(scalar)))
            #expect(VisibleText.render(once).utf8.elementsEqual(once.utf8), "U+\(value)")
        }
    }

    @Test func theFenceEncloses() {
        let token = "0123456789abcdef"
        #expect(
            VisibleText.fenced("::error::x", token: token)
                == "::stop-commands::\(token)\n::error::x\n::\(token)::\n"
        )
        #expect(VisibleText.fenced("x \(token)", token: token) == nil)
        #expect(VisibleText.fenced("x", token: "short") == nil)
        #expect(VisibleText.fenced("x", token: "0123456789abcde:") == nil)
    }
}
