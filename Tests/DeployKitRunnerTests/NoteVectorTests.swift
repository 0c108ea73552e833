// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// Published notes, signed and checked with `openssl`: C2SP's, Go's, and one of our own with the
/// keys of RFC 8032.
@Suite(.enabled("openssl is not installed") { access("/usr/bin/openssl", X_OK) == 0 })
struct NoteVectorTests {
    /// C2SP signed-note, the example of the specification.
    private static let specification = (
        key: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        note: """
        This is an example message.

        \u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """
    )
    /// golang.org/x/mod/sumdb/note, the example of the package; the seed is its private key's.
    private static let go = (
        seed: "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
        key: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        text: """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        """,
        line:
            "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    /// A checkpoint of the published tree of size 8. RFC 8032's test 1 is the log, test 2 the
    /// witness.
    private static let own = (
        seed: "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
        logKey: "deploykit.example/log1+8670d06d+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
        witnessKey: "witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM",
        text: "deploykit.example/log1\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n",
        logLine:
            "\u{2014} deploykit.example/log1 hnDQbVgDSjqAB6GKluwTURZrCdCmtUoPsOLfFcZPwNS0W9fCtay+fyTm4iRBsOemD258PivbsEdVIaGcUww0QF8f6wk=\n",
        witnessLine:
            "\u{2014} witness.example/w1 BNLYMwAAAABpVbkAiPJVr6BNdlHkxXGE/AEoBS1VHFU5nWbtHPJZCdLK6msIY82QKy5T2MXPYUwwofX5u8g/i/didbv118uKdAI9BA==\n"
    )

    /// A signer whose key has these 32 bytes for its seed.
    private static func signer(seed: [UInt8], name: String) async throws -> OpenSSLSigner {
        let lead: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ]
        let pem = """
            -----BEGIN PRIVATE KEY-----
            \(Base64.encode(lead + seed))
            -----END PRIVATE KEY-----

            """
        var template = Array("/tmp/note-key-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(path) }
        try #require(write(descriptor, pem, pem.utf8.count) == pem.utf8.count)
        close(descriptor)
        return try await OpenSSLSigner(keyPath: path, name: name)
    }

    private func signers(_ note: String, _ keys: [String]) async throws -> [String]? {
        try await SignedNote(note: note.utf8)
            .signers(among: keys.map { try NoteKey($0) }, verifier: OpenSSLVerifier())?
            .map(\.name)
    }

    @Test func theExampleOfTheSpecificationIsGood() async throws {
        let (key, note) = Self.specification
        #expect(try await signers(note, [key]) == ["example.com/foo"])
        #expect(try await signers(note.replacing("an example", with: "no example"), [key]) == nil)
    }

    @Test func goSignsTheSameBytes() async throws {
        let go = Self.go
        let seed = try #require(Base64.decode(go.seed))
        try #require(seed.first == 1)
        let signer = try await Self.signer(seed: Array(seed.dropFirst()), name: "PeterNeumann")
        #expect(signer.key.description == go.key)
        let signed = try await SignedNote(go.text).signed(by: signer)
        #expect(signed.note.utf8.elementsEqual("\(go.text)\n\(go.line)".utf8))
        #expect(try await signers(signed.note, [go.key]) == ["PeterNeumann"])
    }

    @Test func ourOwnCheckpointIsMadeAgainByteForByte() async throws {
        let own = Self.own
        let seed = try #require(Base64.decode(own.seed))
        let signer = try await Self.signer(seed: seed, name: "deploykit.example/log1")
        #expect(signer.key.description == own.logKey)
        let checkpoint = try await Checkpoint(note: "\(own.text)\n".utf8).signed(by: signer)
        #expect(checkpoint.note.utf8.elementsEqual("\(own.text)\n\(own.logLine)".utf8))
    }

    @Test func aWitnessIsIgnoredUnlessItsKeyIsKnown() async throws {
        let own = Self.own
        let note = "\(own.text)\n\(own.logLine)\(own.witnessLine)"
        #expect(try await signers(note, [own.logKey]) == ["deploykit.example/log1"])
        #expect(
            try await signers(note, [own.witnessKey, own.logKey])
                == ["deploykit.example/log1", "witness.example/w1"]
        )
        #expect(try await signers(note, []) == [])
        // The same name with another key ID is another key.
        let stranger = own.logLine.replacing("hnDQbV", with: "hnDQcV")
        #expect(try await signers("\(own.text)\n\(stranger)", [own.logKey]) == [])
    }

    @Test func aKnownKeyWithABadSignatureRejectsTheNote() async throws {
        let own = Self.own
        let keys = [own.logKey, own.witnessKey]
        let badLog = own.logLine.replacing("gDSjq", with: "gDSjr")
        // One second later than the witness saw it.
        let badTime = own.witnessLine.replacing("AAAABpVbkA", with: "AAAABpVbkB")
        let short = "\u{2014} witness.example/w1 BNLYMwAAAABpVbkA\n"
        for note in [
            "\(own.text)\n\(badLog)", "\(own.text)\n\(own.logLine)\(badLog)",
            "\(own.text)\n\(badLog)\(own.logLine)", "\(own.text)\n\(own.logLine)\(badTime)",
            "\(own.text)\n\(own.logLine)\(short)",
            "\(own.text)\n\(own.logLine)".replacing("\n8\n", with: "\n9\n"),
        ] {
            #expect(try await signers(note, keys) == nil, "\(note)")
        }
    }
}
