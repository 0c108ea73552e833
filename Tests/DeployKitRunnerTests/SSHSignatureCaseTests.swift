// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// 120 signatures: five types of key, two hashes, twelve faults. The expected verdicts are written
/// down in ``SSHSignatureCase``; our checks must meet them, and so must `ssh-keygen`.
@Suite(.enabled(if: hasSSHKeygen, "the program ssh-keygen is not installed"))
struct SSHSignatureCaseTests {
    @Test func ourChecksAndOpenSSHMeetTheExpectedVerdicts() async throws {
        let folder = try Folder()
        for (number, type) in SSHSignatureCase.keys.enumerated() {
            try await folder.makeKey("key\(number)", type)
            try await folder.makeKey("other\(number)", type)
        }
        #expect(SSHSignatureCase.all.count == 120)
        for example in SSHSignatureCase.all {
            let blob = try await folder.signature(of: example)
            let public1 = try folder.publicKey("key\(example.key)")
            let public2 = try folder.publicKey("other\(example.key)")
            let allowed = example.allowed(public1, other: public2)
            let revoked = example.fault == .revoked ? public1 : public2
            let theirs = try await folder.opinion(example, blob, allowed, revoked)
            #expect(theirs == example.fault.isGood, "ssh-keygen: \(example)")
            let ours = try await self.opinion(example, blob, allowed, revoked)
            #expect(ours.code == example.fault.expected, "ours: \(example)")
            #expect(ours.isGood == example.fault.isGood, "ours: \(example)")
        }
    }

    /// What our own checks say, and only if they have nothing to say, the cryptography.
    private func opinion(
        _ example: SSHSignatureCase,
        _ blob: [UInt8],
        _ allowed: String,
        _ revoked: String
    ) async throws -> (code: SSHSignatureError.Code?, isGood: Bool) {
        let signature: SSHSignature
        do {
            let signers = try AllowedSigners(reading: allowed, revoked: [SSHPublicKey(revoked)])
            signature = try SSHSignature(blob: blob)
            try signers.check(
                signature,
                by: example.askedPrincipal,
                for: example.askedNamespace,
                at: try #require(Timestamp("2026-01-01T00:00:00.999Z"))
            )
        } catch let error as SSHSignatureError {
            return (error.code, false)
        }
        let isGood = try await SSHKeygen().accepts(
            signature,
            over: example.askedMessage,
            by: example.askedPrincipal,
            for: example.askedNamespace,
            at: Timestamp(milliseconds: 0)
        )
        return (nil, isGood)
    }

    /// A pattern makes Mallory's key speak for Alice in OpenSSH, and nowhere here.
    @Test func aPatternDeceivesOpenSSHAndNotUs() async throws {
        let folder = try Folder()
        try await folder.makeKey("key0", ["ed25519"])
        let example = SSHSignatureCase(key: 0, hash: "sha512", fault: .good)
        let blob = try await folder.signature(of: example)
        let mallory = try folder.publicKey("key0")
        for principal in ["*@example.com", "mallory@example.com,alice@example.com"] {
            let line = "\(principal) \(mallory)\n"
            #expect(try await folder.opinion(example, blob, line, nil), "\(principal)")
            do {
                _ = try AllowedSigners(reading: line)
                Issue.record("'\(principal)' was taken")
            } catch {
                #expect(error.code == .badPrincipal)
            }
        }
    }

    /// A signature that was cut, changed or made by `ssh-keygen` from other bytes, bit by bit.
    @Test func noSingleBitOfASignatureMayChange() async throws {
        let folder = try Folder()
        try await folder.makeKey("key0", ["ed25519"])
        let example = SSHSignatureCase(key: 0, hash: "sha512", fault: .good)
        let blob = try await folder.signature(of: example)
        let allowed = example.allowed(try folder.publicKey("key0"), other: "")
        let unused = try #require(try? SSHPublicKey(folder.publicKey("key0")))
        let signers = try AllowedSigners(reading: allowed)
        var passed = 0
        for bit in 0..<blob.count * 8 {
            var changed = blob
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            guard let signature = try? SSHSignature(blob: changed),
                (try? signers.check(
                    signature,
                    by: SSHSignatureCase.principal,
                    for: SSHSignatureCase.namespace,
                    at: #require(Timestamp("2026-01-01T00:00:00.000Z"))
                )) != nil
            else { continue }
            passed += 1
            // What our checks let through differs in the 64 bytes of the signature, or in a word
            // that is signed; every twentieth is shown to ssh-keygen.
            guard passed % 20 == 1 else { continue }
            let isGood = try await SSHKeygen().accepts(
                signature,
                over: SSHSignatureCase.message,
                by: SSHSignatureCase.principal,
                for: SSHSignatureCase.namespace,
                at: Timestamp(milliseconds: 0)
            )
            #expect(!isGood, "bit \(bit)")
        }
        #expect(passed <= 64 * 8)
        #expect(unused.algorithm == .ed25519)
    }

    @Test func aMissingKeyAndAPassphraseThatNobodyKnowsAreNamed() async throws {
        let folder = try Folder()
        try await folder.makeKey("locked", ["ed25519"], passphrase: "correct horse")
        for (name, code) in [("absent", "key-absent"), ("locked", "ssh-unavailable")] {
            do {
                _ = try await SSHKeygen().signature(
                    over: [1],
                    for: "a@b",
                    keyPath: "\(folder.path)/\(name)",
                    environment: ["PATH": "/usr/bin:/bin"],
                    directory: "/"
                )
                Issue.record("'\(name)' signed")
            } catch {
                #expect(error.code.rawValue == code, "\(error)")
                #expect(!error.message.contains("horse"))
            }
        }
    }
}

private let hasSSHKeygen = access("/usr/bin/ssh-keygen", X_OK) == 0

/// A folder with keys, and `ssh-keygen` to work with them.
private final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/deploykit-ssh.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink("\(path)/\(name)")
            }
            closedir(folder)
        }
        rmdir(path)
    }

    func makeKey(_ name: String, _ type: [String], passphrase: String = "") async throws {
        let made = try await run(
            ["-q", "-N", passphrase, "-C", "", "-f", "\(path)/\(name)", "-t"] + type,
            input: []
        )
        try #require(made.ending == .exited(0))
    }

    func publicKey(_ name: String) throws -> String {
        let file = try #require(fopen("\(path)/\(name).pub", "r"))
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer[..<count], as: UTF8.self).trimmed
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try #require(fopen("\(path)/\(name)", "w"))
        defer { fclose(file) }
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    /// A signature by the example's key with the example's hash, spoilt as it says.
    func signature(of example: SSHSignatureCase) async throws -> [UInt8] {
        let outcome = try await run(
            [
                "-Y", "sign", "-f", "\(path)/key\(example.key)", "-n", SSHSignatureCase.namespace,
                "-Ohashalg=\(example.hash)",
            ],
            input: SSHSignatureCase.message
        )
        let text = String(decoding: outcome.output.head, as: UTF8.self)
        return example.spoil(try SSHSignature(armored: text).blob)
    }

    /// Whether `ssh-keygen -Y verify` takes a signature.
    func opinion(
        _ example: SSHSignatureCase,
        _ blob: [UInt8],
        _ allowed: String,
        _ revoked: String?
    ) async throws -> Bool {
        try write(Array(allowed.utf8), to: "allowed")
        let armored =
            "-----BEGIN SSH SIGNATURE-----\n" + Base64.encode(blob)
            + "\n-----END SSH SIGNATURE-----\n"
        try write(Array(armored.utf8), to: "signature")
        var arguments = [
            "-Y", "verify", "-f", "\(path)/allowed", "-I", example.askedPrincipal, "-n",
            example.askedNamespace, "-s", "\(path)/signature",
            "-Overify-time=\(SSHSignatureCase.moment)",
        ]
        if let revoked {
            try write(Array((revoked + "\n").utf8), to: "revoked")
            arguments += ["-r", "\(path)/revoked"]
        }
        return try await run(arguments, input: example.askedMessage).ending == .exited(0)
    }

    private func run(_ arguments: [String], input: [UInt8]) async throws -> CommandOutcome {
        try await ProcessRunner().run(
            Invocation(
                .executable("/usr/bin/ssh-keygen", arguments: arguments),
                environment: ["PATH": "/usr/bin:/bin", "HOME": path],
                directory: path,
                input: input,
                timeout: .seconds(30)
            )
        )
    }
}
