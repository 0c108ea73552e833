// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments
import Testing

@Suite struct MarkdownInlineTests {
    @Test(arguments: [
        ("**Key:** value", "Key: value"),
        ("a *b **c** d* e", "a b c d e"),
        ("snake_case_name and _em_", "snake_case_name and em"),
        ("**a*b**", "a*b"),
        ("`` a ` b `` and ` c `", "a ` b and c"),
        ("`a", "`a"),
        ("[a *b*](http://c \"t\") d", "a b d"),
        ("![alt](x.png)", "alt"),
        ("[[doc](u)].", "[doc]."),
        ("[a [b](c) d](e)", "[a b d](e)"),
        ("foo_bar_ c", "foo_bar_ c"),
        ("[a](<b c>) [d](e f)", "a [d](e f)"),
        ("[no] [no][no] \\[x]", "[no] [no][no] [x]"),
        ("<https://a.b/c?d=1&amp;e> <f@g.hi>", "https://a.b/c?d=1&e f@g.hi"),
        ("a <b c='d'>e</b> <!-- f --> < 5", "a <b c='d'>e</b> <!-- f --> < 5"),
        ("&amp; &copy; &#35; &#x41; &nope; &", "& © # A &nope; &"),
        ("1\\. \\* \\a", "1. * \\a"),
        ("a  \nb\\\nc\n   d", "a b c d"),
        ("~~kept~~", "~~kept~~"),
        ("\\_\\_\\_ ______", "___ ______"),
        ("**“a”** b", "“a” b"),
    ])
    func givesTheTextContentThatGFMGives(source: String, expected: String) {
        let document = MarkdownDocument(source)
        #expect(document.inlines(of: 1).text == expected)
    }

    @Test func namesSpansInTheSourceAndInTheText() {
        let source =
            "> - **Key:** `cmd  x`\n>   [a `b`](u\\_v) <http://c> ![d][r]\n\n[R]: /e&amp;f\n"
        let document = MarkdownDocument(source)
        let index = document.blocks.firstIndex { $0.kind == .paragraph } ?? 0
        let inlines = document.inlines(of: index)
        #expect(inlines.text == "Key: cmd  x a b http://c d")
        let found = inlines.spans.map { "\(document.text($0.range))|\($0.text(in: inlines))" }
        #expect(
            found
                == [
                    "**Key:**|Key:", "`cmd  x`|cmd  x", "`b`|b", "[a `b`](u\\_v)|a b",
                    "<http://c>|http://c", "![d][r]|d",
                ].sorted { order($0, inlines, document) < order($1, inlines, document) }
        )
        #expect(
            inlines.spans.map(\.kind).contains(.link(destination: "u_v"))
                && inlines.spans.map(\.kind).contains(.link(destination: "http://c"))
                && inlines.spans.map(\.kind).contains(.image(destination: "/e&f"))
        )
    }

    private func order(_ text: String, _ inlines: MarkdownInlines, _ document: MarkdownDocument)
        -> Int
    {
        inlines.spans.firstIndex { text.hasPrefix(document.text($0.range)) } ?? -1
    }

    @Test func undoesEscapedPipesInCells() throws {
        let document = MarkdownDocument("| `a \\| b` |\n|---|\n")
        let inlines = document.inlines(ofCell: 0)
        #expect(inlines.text == "a | b")
        #expect(inlines.spans.map { document.text($0.range) } == ["`a \\| b`"])
    }
}
