// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DeployKit

/// C2SP signed-note: what a note is, and what is none.
@Suite struct AuditNoteTests {
    /// A text that is refused, and why.
    struct Malformed: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String

        init(_ why: String, _ text: String) {
            (testDescription, self.text) = (why, text)
        }
    }

    static let text = "payments\n3\nThis is anything.\n"
    static let line = "\u{2014} example.com/log AAAAAQID\n"

    @Test func aNoteIsReadAndWrittenBackByteForByte() throws {
        let texts = [
            Self.text, "\n", "one line\n", "a\n\nb\n", "a\n\n", "\n\n\n", "\u{2014} x AAAAAQID\n",
            "caf\u{E9}\u{85}\u{7F}\n",
        ]
        for text in texts {
            for count in [1, 16, 100] {
                let note = text + "\n" + String(repeating: Self.line, count: count)
                let read = try SignedNote(note: note.utf8)
                #expect(read.text.utf8.elementsEqual(text.utf8))
                #expect(read.signatures.count == count)
                #expect(read.note.utf8.elementsEqual(note.utf8))
            }
            #expect(try SignedNote(note: (text + "\n").utf8).signatures == [])
        }
    }

    @Test(arguments: [
        Malformed("nothing", ""), Malformed("a line feed alone", "\n"),
        Malformed("no blank line", text + line),
        Malformed("no text", "\n" + line),
        Malformed("CRLF", (text + "\n" + line).replacing("\n", with: "\r\n")),
        Malformed("CR before one LF", text + "\r\n" + line),
        Malformed("a tab in the text", "a\tb\n\n" + line),
        Malformed("NUL in the text", "a\0b\n\n" + line),
        Malformed("ESC in the text", "a\u{1B}[2Jb\n\n" + line),
        Malformed("a tab in a signature line", text + "\n\u{2014}\texample.com AAAAAQID\n"),
        Malformed("the last line is cut", text + "\n" + line.dropLast()),
        Malformed("a line after the signatures", text + "\n" + line + "more\n"),
        Malformed("a hyphen for the dash", text + "\n- example.com/log AAAAAQID\n"),
        Malformed("an en dash for the dash", text + "\n\u{2013} example.com/log AAAAAQID\n"),
        Malformed("no space after the dash", text + "\n\u{2014}example.com/log AAAAAQID\n"),
        Malformed("two spaces after the dash", text + "\n\u{2014}  example.com/log AAAAAQID\n"),
        Malformed(
            "two spaces before the signature",
            text + "\n\u{2014} example.com/log  AAAAAQID\n"
        ),
        Malformed("a space at the end", text + "\n\u{2014} example.com/log AAAAAQID \n"),
        Malformed("no name", text + "\n\u{2014}  AAAAAQID\n"),
        Malformed("no signature", text + "\n\u{2014} name\n"),
        Malformed("plus in the name", text + "\n\u{2014} a+b AAAAAQID\n"),
        Malformed("a no-break space in the name", text + "\n\u{2014} a\u{A0}b AAAAAQID\n"),
        Malformed("an ideographic space in the name", text + "\n\u{2014} a\u{3000}b AAAAAQID\n"),
        Malformed("a line separator in the name", text + "\n\u{2014} a\u{2028}b AAAAAQID\n"),
        Malformed("a key ID alone", text + "\n\u{2014} name AAAAAQ==\n"),
        Malformed("half a key ID", text + "\n\u{2014} name AAA=\n"),
        Malformed("no base64", text + "\n\u{2014} name !!!!\n"),
        Malformed("base64 of another spelling", text + "\n\u{2014} name AAAAAZh==\n"),
        Malformed("base64 with bits left over", text + "\n\u{2014} name AAAAAQIDZh==\n"),
        Malformed("base64 without its padding", text + "\n\u{2014} name AAAAAQIDZg\n"),
        Malformed("base64url", text + "\n\u{2014} name AAAAAQID-_-_\n"),
        Malformed("101 signatures", text + "\n" + String(repeating: line, count: 101)),
        Malformed("more than 64 KiB", String(repeating: "x", count: 65_536) + "\n\n" + line),
    ])
    func whatIsNoNoteIsRefused(note: Malformed) {
        #expect(throws: CheckpointError.self) { try SignedNote(note: note.text.utf8) }
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        let line = Array(("\n" + Self.line).utf8)
        for text in [[0x61, 0xFF, 0x0A], [0xC0, 0x8A, 0x0A], [0xED, 0xA0, 0x80, 0x0A]] as [[UInt8]]
        {
            #expect(throws: CheckpointError.self) { try SignedNote(note: text + line) }
        }
    }

    @Test(arguments: [
        Malformed(
            "four lines",
            "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\nextension\n"
        ),
        Malformed("two lines", "log\n8\n"),
        Malformed("no origin", "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
        Malformed(
            "a size with a zero before it",
            "log\n08\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
        ),
        Malformed("a size of two zeros", "log\n00\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
        Malformed("a signed size", "log\n+8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
        Malformed("a size below zero", "log\n-1\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
        Malformed(
            "a size in other digits",
            "log\n\u{FF18}\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
        ),
        Malformed(
            "2^63",
            "log\n9223372036854775808\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
        ),
        Malformed("a root of 31 bytes", "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQw==\n"),
        Malformed("a root of 33 bytes", "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQygA\n"),
        Malformed(
            "a root of another spelling",
            "log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n"
        ),
        Malformed("a root in digits", "log\n8\n\(String(repeating: "5d", count: 32))\n"),
    ])
    func aNoteThatIsNoCheckpointIsRefused(checkpoint: Malformed) throws {
        let note = (checkpoint.text + "\n" + Self.line).utf8
        #expect(throws: Never.self) { try SignedNote(note: note) }
        #expect(throws: CheckpointError.self) { try Checkpoint(note: note) }
    }

    @Test(arguments: [
        "", "a", "a+b", "a+00000000+", "+00000000+AQ==",
        // The key ID is of another name, in capitals, too short.
        "example.org/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        // The key is cut, has an unknown type, is of another spelling, has a space in its name.
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
        "example com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(throws: CheckpointError.self) { try NoteKey(text) }
    }

    @Test func aProofFileMaySayMoreThanItProves() throws {
        let checkpoint = try Checkpoint(
            LogHead(origin: "log", size: 1, root: MerkleTree.leafHash([1]))
        )
        let plain = InclusionProofFile(position: 0, proof: [], checkpoint: checkpoint)
        let more = InclusionProofFile(
            position: 0,
            proof: [],
            checkpoint: checkpoint,
            extra: Array("draft".utf8)
        )
        #expect(more.text == plain.text.replacing("index", with: "extra ZHJhZnQ=\nindex"))
        #expect(try InclusionProofFile(more.text.utf8) == more)
        #expect(try InclusionProofFile(plain.text.utf8).extra == nil)
        #expect(more.verifies(header: [1]) && !more.verifies(header: [2]))
        let long = InclusionProofFile(
            position: 0,
            proof: [],
            checkpoint: checkpoint,
            extra: [UInt8](repeating: 7, count: 40_000)
        )
        #expect(try InclusionProofFile(long.text.utf8) == long)
        for text in [
            more.text.replacing("ZHJhZnQ=", with: "ZHJhZnR="),
            more.text.replacing("ZHJhZnQ=", with: ""),
            more.text.replacing("extra ", with: "extra"),
            more.text.replacing("extra ", with: "Extra "),
            more.text.replacing("extra ZHJhZnQ=\nindex 0\n", with: "index 0\nextra ZHJhZnQ=\n"),
            more.text.replacing("index", with: "extra ZHJhZnQ=\nindex"),
            more.text.replacing("index 0\n", with: ""),
        ] {
            #expect(throws: CheckpointError.self, "\(text)") { try InclusionProofFile(text.utf8) }
        }
    }

    @Test func aProofFileHasHashesOf32BytesAnd63AtTheMost() throws {
        let head = LogHead(origin: "log", size: 9, root: MerkleTree.leafHash([1]))
        let checkpoint = try Checkpoint(head)
        func file(_ hashes: [String]) -> String {
            (["c2sp.org/tlog-proof@v1", "index 3"] + hashes).joined(separator: "\n") + "\n\n"
                + checkpoint.note
        }
        let good = Base64.encode(head.root.bytes)
        let most = file([String](repeating: good, count: 63))
            .replacing("c2sp.org/tlog-proof@v1\nindex 3", with: "old 3")
        #expect(throws: Never.self) { try ConsistencyProofFile(most.utf8) }
        for hashes in [
            [String](repeating: good, count: 64), [Base64.encode(head.root.bytes.dropLast())],
            [Base64.encode(head.root.bytes + [0])], ["AA=="], [good + " "],
            [head.root.hex], [good, "x"],
        ] {
            #expect(throws: CheckpointError.self) { try InclusionProofFile(file(hashes).utf8) }
            let consistency = file(hashes).replacing(
                "c2sp.org/tlog-proof@v1\nindex 3",
                with: "old 3"
            )
            #expect(throws: CheckpointError.self) { try ConsistencyProofFile(consistency.utf8) }
        }
    }

    /// 32,896 in all: each pair of a size up to 256 and a position below.
    @Test func aReceiptHasAsManyHashesAsLeadToItsRoot() throws {
        let root = MerkleTree.leafHash([1])
        for size in 1...256 {
            let checkpoint = try Checkpoint(LogHead(origin: "log", size: size, root: root))
            for position in 0..<size {
                // The path of RFC 9162, 2.1.3.2, counted as its verifier walks it.
                var (place, last, count) = (position, size - 1, 0)
                while last > 0 {
                    if place & 1 == 1 || place == last {
                        while place & 1 == 0, place > 0 { (place, last) = (place >> 1, last >> 1) }
                    }
                    (place, last, count) = (place >> 1, last >> 1, count + 1)
                }
                #expect(MerkleTree.inclusionProofCount(of: position, in: size) == count)
            }
            for position in [0, size / 2, size - 1, size] {
                let right =
                    position < size ? MerkleTree.inclusionProofCount(of: position, in: size) : 0
                for count in 0...9 {
                    let file = InclusionProofFile(
                        position: position,
                        proof: [Digest](repeating: root, count: count),
                        checkpoint: checkpoint
                    )
                    let read = try? InclusionProofFile(file.text.utf8)
                    #expect((read == file) == (position < size && count == right))
                }
            }
        }
    }

    @Test func noLogHasMoreEntriesThanAnIntegerCounts() throws {
        for (size, isPossible) in [(Checkpoint.largestSize, true), (1 << 53, false), (.max, false)]
        {
            let note = "log\n\(size)\n\(Base64.encode(MerkleTree.emptyRoot.bytes))\n\n"
            #expect(((try? Checkpoint(note: note.utf8)) != nil) == isPossible, "\(size)")
        }
    }
}
