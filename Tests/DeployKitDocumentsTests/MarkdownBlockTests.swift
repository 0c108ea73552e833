// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments
import Testing

@Suite struct MarkdownBlockTests {
    @Test(arguments: [
        // Headings and breaks
        ("# One #\n## Two\n####### Seven", "h1\"One\" h2\"Two\" p\"####### Seven\""),
        ("Title\n===\nSub\n---\n***\n", "h1\"Title\" h2\"Sub\" rule"),
        ("#\n## ##\n", "h1\"\" h2\"\""),
        // Lists
        ("- a\n- b\n", "ul(-(p\"a\") -(p\"b\"))"),
        ("- a\n\n- b\n", "ul~(-(p\"a\") -(p\"b\"))"),
        ("- a\n* b\n", "ul(-(p\"a\")) ul(-(p\"b\"))"),
        ("3) a\n4) b\n", "ol3(-(p\"a\") -(p\"b\"))"),
        ("text\n2. a", "p\"text 2. a\""),
        ("text\n- a", "p\"text\" ul(-(p\"a\"))"),
        ("- a\nlazy\n", "ul(-(p\"a lazy\"))"),
        ("-\n\n  a", "ul(-()) p\"a\""),
        ("-\ta\n\n\tb", "ul~(-(p\"a\" p\"b\"))"),
        ("- a\n\n\n  b", "ul~(-(p\"a\" p\"b\"))"),
        // Tasks
        ("- [ ] a\n- [x] b\n- [X] c", "ul(-[ ](p\"a\") -[x](p\"b\") -[x](p\"c\"))"),
        ("* [ ] a\n+ [x] b\n1. [ ] c", "ul(-[ ](p\"a\")) ul(-[x](p\"b\")) ol1(-[ ](p\"c\"))"),
        ("- [ ]\n- [ ]x\n- [y] z", "ul(-(p\"[ ]\") -(p\"[ ]x\") -(p\"[y] z\"))"),
        ("- [ ] a\n  - [x] b", "ul(-[ ](p\"a\" ul(-[x](p\"b\"))))"),
        ("- [ ] a\n\t- [x] b", "ul(-[ ](p\"a\" ul(-[x](p\"b\"))))"),
        ("- [ ] mentions [x] later", "ul(-[ ](p\"mentions [x] later\"))"),
        ("- [ ] # no heading", "ul(-[ ](p\"# no heading\"))"),
        ("-     [ ] a", "ul(-(code\"[ ] a/\"))"),
        // Code
        ("```bash\nmake\n\n```\nx", "fence:bash\"make//\" p\"x\""),
        ("~~~ a `b`\n```\n~~~~", "fence:a `b`\"```/\""),
        ("``` a`\nb", "p\"``` a` b\""),
        ("- [ ] a\n  ```sh\n    b\n  ```", "ul(-[ ](p\"a\" fence:sh\"  b/\"))"),
        ("```\n- [ ] a", "fence:\"- [ ] a/\""),
        ("    a\n\n\tb\n\n", "code\"a//b/\""),
        ("-\t\ta", "ul(-(code\"  a/\"))"),
        // HTML
        ("<div>\n- [ ] a\n\n- b", "html ul(-(p\"b\"))"),
        ("<!-- x\n\n- [ ] a -->\nb", "comment p\"b\""),
        ("<details><summary>a</summary>\n\n- b\n\n</details>", "html ul(-(p\"b\")) html"),
        ("a <b>c</b>\n<i>\nd", "p\"a <b>c</b> <i> d\""),
        // Quotes
        ("> a\nb\n> - c", "quote(p\"a b\" ul(-(p\"c\")))"),
        (">a\n\n>b", "quote(p\"a\") quote(p\"b\")"),
        ("- > a\n\n  > b", "ul~(-(quote(p\"a\") quote(p\"b\")))"),
        // Tables
        (
            "| a | b |\n|---|:-:|\n| [ ] | c \\| d | e |\n| f |\n\nx",
            "table[[\"a\", \"b\"], [\"[ ]\", \"c | d\"], [\"f\"]] p\"x\""
        ),
        (
            "intro\na | b\n--|--\nc | d\n> q",
            "p\"intro\" table[[\"a\", \"b\"], [\"c\", \"d\"]] quote(p\"q\")"
        ),
        ("a | b\n--|--|--\nc", "p\"a | b --|--|-- c\""),
        // Definitions
        ("[r]: /u 'title'\n[s]: <v>\n\n[r] [s]", "definitions p\"r s\""),
        ("[r]: /u\ntext [r]", "p\"text r\""),
        // Front matter
        ("---\nname: a\n---\n- [ ] b", "front ul(-[ ](p\"b\"))"),
        ("---\n\n- [ ] a\n\n---\n", "rule ul(-[ ](p\"a\")) rule"),
        ("---\n- [ ] Key: a\n---\n", "rule ul(-[ ](p\"Key: a\")) rule"),
        ("---\nname: never closed\n", "rule p\"name: never closed\""),
        // Nothing
        ("", ""), ("\n\n", ""),
    ])
    func readsTheStructureThatTheSpecificationGives(source: String, expected: String) {
        #expect(outline(source) == expected)
        // Line endings and a byte order mark change nothing.
        #expect(outline(source.replacing("\n", with: "\r\n")) == expected)
        #expect(outline("\u{FEFF}" + source) == expected)
    }

    @Test func namesTheLinesAndBytesOfEachBlock() throws {
        let document = MarkdownDocument("# A\r\n\r\n- [ ] b\r\n  ```sh\r\n  c\r\n  ```\r\n\r\nd")
        let found = document.blocks.dropFirst().map {
            "\($0.firstLine)-\($0.lastLine) \(document.text($0.range).replacing("\r\n", with: "/"))"
        }
        #expect(
            found == [
                "1-1 # A", "3-6 - [ ] b/  ```sh/  c/  ```", "3-6 - [ ] b/  ```sh/  c/  ```",
                "3-3 b", "4-6 ```sh/  c/  ```", "8-8 d",
            ]
        )
        #expect(document.lineEnding == .crlf)
        #expect(document.lineStarts.count == 8)
        #expect(document.lineNumber(at: 0) == 1)
        #expect(document.lineNumber(at: document.source.count) == 8)
    }

    @Test func findsTheByteOfEachBox() throws {
        let source = "- [ ] a\n> - [x] b\n\n- - [ ] c\n- [ ] [X] d\n"
        let document = MarkdownDocument(source)
        let tasks = document.blocks.compactMap { block -> MarkdownTask? in
            guard case .item(let task) = block.kind else { return nil }
            return task
        }
        #expect(tasks.map { document.source[$0.box] } == Array(" x  ".utf8))
        #expect(tasks.map(\.isSeenByReference) == [true, false, false, true])
        #expect(tasks.map { $0.extraBox.map { document.source[$0] } } == [nil, nil, nil, 0x58])
        #expect(tasks[3].isExtraChecked && !tasks[3].isChecked)
        #expect(outline("- [ ] [ ] d") == "ul(-[ ](p\"d\"))")
    }

    @Test func findsBoxesInText() {
        let document = MarkdownDocument("[ ] a [x] ☐ ☑ \\[ ] [x](u) [X]")
        let boxes = document.boxes(in: 0..<document.source.count)
        #expect(boxes.map { document.text($0.range) } == [" ", "x", "☐", "☑", "X"])
        #expect(boxes.map(\.isChecked) == [false, true, false, true, true])
    }
}
