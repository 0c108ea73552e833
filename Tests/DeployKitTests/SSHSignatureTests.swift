// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct SSHSignatureTests {
    /// An Ed25519 signature of OpenSSH's own unit tests (regress/unittests/sshsig/testdata).
    private static let published = """
        53534853494700000001000000330000000b7373682d65643235353139000000208962cd220ddc3415efc54f36\
        356fbf08e07fe3f91ea6cf60262edc138c76300400000008756e69747465737400000000000000067368613531\
        32000000530000000b7373682d65643235353139000000408a142c6d4cee34415f964e53c35f87f5a2d2eed650\
        934446f0a5b50ed3a60d862759edc3dd42a21b77dc25a0cd838bc15a9d63d602d188130e17e83060d7a00e
        """

    private static let blob: [UInt8] = {
        let digits = Array(published.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap { start in
            UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16)
        }
    }()

    private func code(_ blob: [UInt8]) -> SSHSignatureError.Code? {
        do throws(SSHSignatureError) {
            _ = try SSHSignature(blob: blob)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func thePublishedSignatureIsRead() throws {
        let signature = try SSHSignature(blob: Self.blob)
        #expect(signature.namespace == "unittest")
        #expect(signature.hash == "sha512")
        #expect(signature.key.algorithm == .ed25519)
        #expect(signature.isTouched == nil)
        #expect(try SSHSignature(armored: signature.armored) == signature)
        let dos = signature.armored.replacing("\n", with: "\r\n")
        #expect(try SSHSignature(armored: dos) == signature)
    }

    /// Nothing may be missing, nothing left over, and no length may lead outside.
    @Test func everyTruncationAndEveryWrongLengthIsRefused() {
        for count in Self.blob.indices {
            #expect(code(Array(Self.blob.prefix(count))) == .malformed, "\(count) bytes")
        }
        #expect(code(Self.blob + [0]) == .malformed)
        // The high byte of each length: 16 MiB more than there are.
        for position in [10, 14, 29, 65, 77, 81, 91, 95, 110] {
            var bytes = Self.blob
            bytes[position] = 1
            #expect(code(bytes) != nil, "the length at \(position)")
        }
    }

    @Test func otherVersionsHashesAndNamesAreUnsupportedNotBad() {
        var later = Self.blob
        later[9] = 2
        #expect(code(later) == .unsupported)
        var hash = Self.blob
        hash[87] = UInt8(ascii: "9")
        #expect(code(hash) == .unsupported)
        var key = Self.blob
        key[24] = UInt8(ascii: "8")
        #expect(code(key) == .unsupported)
    }

    @Test(
        arguments: [
            "", "hello", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n",
            "-----BEGIN SSH SIGNATURE-----\nU1NI!U0lH\n-----END SSH SIGNATURE-----",
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH", "-----BEGIN PGP SIGNATURE-----\nU1NI\n",
        ]
    )
    func whatIsNoSignatureIsRefused(text: String) {
        #expect(throws: SSHSignatureError.self) { try SSHSignature(armored: text) }
    }

    @Test(
        arguments: [
            ("*@example.com", false), ("mallory@x,alice@example.com", false), ("!a@b.c", false),
            ("a?@b.c", false), ("a b@c.d", false), ("\"a@b.c\"", false), ("a@b@c", false),
            ("@b.c", false), ("a@", false), ("lena", false), ("l\u{E9}na@example.com", false),
            (String(repeating: "a", count: 250) + "@b.c", true),
            (String(repeating: "a", count: 251) + "@b.c", false),
            ("first.last+tag_%@sub-domain.example.com", true),
        ]
    )
    func onlyOneWhoCannotBeAPatternIsAPrincipal(name: String, isGood: Bool) {
        do throws(SSHSignatureError) {
            try AllowedSigners.checkPrincipal(name)
            #expect(isGood, "\(name)")
        } catch {
            #expect(!isGood && error.code == .badPrincipal, "\(name)")
        }
    }

    @Test func aFileOfSignersReadsBackAsItWasWritten() throws {
        let key = try TestKey("lena").publicKey
        let lines = [
            try AllowedSigners.Line(principal: "a@b.c", key: key),
            try AllowedSigners.Line(
                principal: "d@e.f",
                key: key,
                namespaces: ["sign-off@deploykit", "file"],
                validAfter: Timestamp("2025-01-01T00:00:00.000Z"),
                validBefore: Timestamp("2027-01-01T12:30:59.000Z")
            ),
        ]
        let text = AllowedSigners(lines).text
        #expect(try AllowedSigners(reading: "# people\n\n" + text).lines == lines)
        #expect(text.contains("valid-before=\"20270101123059Z\""))
        let short = try AllowedSigners.Line("d@e.f valid-after=\"20250101Z\" \(key) lena's laptop")
        #expect(short.validAfter == Timestamp("2025-01-01T00:00:00.000Z"))
    }

    @Test(
        arguments: [
            "*@b.c KEY", "a@b.c,d@e.f KEY", "a@b.c cert-authority KEY", "a@b.c", "a@b.c KEY2",
            "a@b.c namespaces=\"*\" KEY", "a@b.c namespaces=\"file KEY", "a@b.c foo=\"1\" KEY",
            "a@b.c valid-after=\"20250101\" KEY", "a@b.c valid-after=\"20250230Z\" KEY",
            "a@b.c valid-after=\"20250101Z\",valid-after=\"20250101Z\" KEY",
            "a@b.c namespaces=\"\" KEY", "a@b.c namespaces=\"x\"valid-after=\"20250101Z\" KEY",
        ]
    )
    func aLineThatSaysMoreThanOneThingIsRefused(line: String) throws {
        let key = try TestKey("lena").publicKey.description
        let text = line.replacing("KEY2", with: "ssh-rsa " + key.dropFirst(12))
            .replacing("KEY", with: key)
        #expect(throws: SSHSignatureError.self) { try AllowedSigners(reading: text) }
    }

    /// A security key that nobody touched proves that a machine was there, not a person.
    @Test(arguments: [0x00, 0x01, 0x04, 0x05] as [UInt8])
    func aSecurityKeyMustBeTouched(flags: UInt8) throws {
        let kind = "sk-ssh-ed25519@openssh.com"
        let key =
            TestKey.string(kind.utf8) + TestKey.string(Array(0..<32)) + TestKey.string("ssh:".utf8)
        let value =
            TestKey.string(kind.utf8) + TestKey.string(Array(0..<64)) + [flags, 0, 0, 0, 7]
        let blob =
            Array("SSHSIG".utf8) + [0, 0, 0, 1] + TestKey.string(key)
            + TestKey.string("sign-off@deploykit".utf8) + TestKey.string([])
            + TestKey.string("sha512".utf8) + TestKey.string(value)
        let signature = try SSHSignature(blob: blob)
        #expect(signature.isTouched == (flags & 1 == 1))
        #expect(signature.isUserVerified == (flags & 4 == 4))
        let signers = AllowedSigners([
            try AllowedSigners.Line(principal: "a@b.c", key: SSHPublicKey(blob: key))
        ])
        do throws(SSHSignatureError) {
            try signers.check(
                signature,
                by: "a@b.c",
                for: "sign-off@deploykit",
                at: Timestamp(milliseconds: 0)
            )
            #expect(flags & 1 == 1)
        } catch {
            #expect(flags & 1 == 0 && error.code == .untouched)
        }
        #expect(code(Array(blob.dropLast())) == .malformed)
    }

    @Test func weakAndUnknownKeysAreNamed() {
        func code(_ blob: [UInt8]) -> SSHSignatureError.Code? {
            do throws(SSHSignatureError) {
                _ = try SSHPublicKey(blob: blob)
                return nil
            } catch {
                return error.code
            }
        }
        func rsa(_ bits: Int) -> [UInt8] {
            TestKey.string("ssh-rsa".utf8) + TestKey.string([1, 0, 1])
                + TestKey.string([0, 0x80] + Array(repeating: 1, count: bits / 8 - 1))
        }
        #expect(code(rsa(1024)) == .weak)
        #expect(code(rsa(2048)) == nil)
        #expect(code(TestKey.string("ssh-dss".utf8)) == .unsupported)
        #expect(code(TestKey.string("ssh-mldsa44-ed25519@openssh.com".utf8)) == .unsupported)
        #expect(
            code(TestKey.string("ssh-ed25519-cert-v01@openssh.com".utf8) + TestKey.string([1]))
                == .unsupported
        )
        #expect(code(TestKey.string("ssh-ed25519".utf8) + TestKey.string([1])) == .malformed)
    }
}
