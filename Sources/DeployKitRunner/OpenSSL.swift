// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Runs the program `openssl`: keys go through its standard input, never through a file of ours or
/// an argument. Messages and signatures, which are public, go through files, because version 3.0
/// signs no message whose length it cannot tell beforehand.
struct OpenSSL: Sendable {
    let runner: any CommandRunning

    /// DER of an Ed25519 public key up to the key itself: RFC 8410, section 4.
    private static let publicLead: [UInt8] = [
        0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    static func publicPEM(_ key: [UInt8]) -> [UInt8] {
        let body = Base64.encode(publicLead + key)
        return Array("-----BEGIN PUBLIC KEY-----\n\(body)\n-----END PUBLIC KEY-----\n".utf8)
    }

    /// The 32 bytes of the public half of a private key.
    func publicKey(of pem: [UInt8], path: String) async throws(KeepingError) -> [UInt8] {
        let outcome = try await run(
            ["pkey", "-in", "/dev/stdin", "-pubout", "-outform", "DER"],
            input: pem,
            files: [:]
        )
        let bytes = outcome.output.head
        guard outcome.ending == .exited(0), bytes.count == 44, bytes.starts(with: Self.publicLead)
        else {
            throw KeepingError(.keyMalformed, "'\(path)' holds no Ed25519 private key")
        }
        return Array(bytes.suffix(32))
    }

    /// Runs a command of `openssl` in a folder that holds `files` and nothing else.
    func run(
        _ arguments: [String],
        input: [UInt8]?,
        files: [String: [UInt8]]
    ) async throws(KeepingError) -> CommandOutcome {
        let folder = try ScratchFolder(files)
        let invocation = Invocation(
            .executable("openssl", arguments: arguments),
            environment: ["PATH": Launch.searchPath],
            directory: folder.path,
            input: input,
            timeout: .seconds(30),
            outputLimit: 1 << 16
        )
        do {
            return try await runner.run(invocation)
        } catch {
            throw KeepingError(
                .opensslUnavailable,
                "'openssl' is needed to sign and to check signatures, and cannot be run: "
                    + error.message,
                underlying: error
            )
        }
    }

    static func failure(_ outcome: CommandOutcome) -> KeepingError {
        let line = outcome.error.text.split(separator: "\n").first.map { ": \($0)" } ?? ""
        return KeepingError(.opensslUnavailable, "'openssl' failed\(line)")
    }
}
