// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Signs with an Ed25519 key in a file, through the program `openssl`.
///
/// The file is PKCS#8 PEM without a password, of mode 0600. It is read and judged here and given to
/// `openssl` on its standard input, so that what was judged is what signs.
public struct OpenSSLSigner: Signer {
    /// The public half of the key.
    public let key: NoteKey

    private let pem: [UInt8]
    private let openssl: OpenSSL

    /// A signer with the key at `keyPath`.
    ///
    /// - Parameters:
    ///   - keyPath: The file.
    ///   - name: The name of the key in notes: the origin of the log.
    ///   - runner: Runs `openssl`.
    /// - Throws: ``KeepingError``: `keyAbsent`, `unsafe`, `keyMalformed`, `opensslUnavailable` or
    ///   `unavailable`.
    public init(
        keyPath: String,
        name: String,
        runner: any CommandRunning = ProcessRunner()
    ) async throws(KeepingError) {
        guard let pem = try KeptFile.read(keyPath) else {
            throw KeepingError(.keyAbsent, "there is no key '\(keyPath)'")
        }
        // With a password, openssl would ask the terminal for it.
        guard pem.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8) else {
            throw KeepingError(
                .keyMalformed,
                "'\(keyPath)' is no PKCS#8 PEM file without a password"
            )
        }
        self.pem = pem
        openssl = OpenSSL(runner: runner)
        let publicKey = try await openssl.publicKey(of: pem, path: keyPath)
        do {
            key = try NoteKey(name: name, kind: .ed25519, publicKey: publicKey)
        } catch {
            throw KeepingError(.keyMalformed, error.message, underlying: error)
        }
    }

    /// Runs `openssl pkeyutl -sign`.
    public func signature(over message: [UInt8]) async throws(SignatureError) -> [UInt8] {
        do throws(KeepingError) {
            let outcome = try await openssl.run(
                ["pkeyutl", "-sign", "-inkey", "/dev/stdin", "-rawin", "-in", "message"],
                input: pem,
                files: ["message": message]
            )
            let bytes = outcome.output.head
            guard outcome.ending == .exited(0), bytes.count == 64 else {
                throw OpenSSL.failure(outcome)
            }
            return bytes
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
    }

    /// Makes a new key and writes it to `keyPath`, which must be free, with mode 0600.
    ///
    /// - Throws: ``KeepingError``: `keyExists`, `opensslUnavailable` or `unavailable`.
    public static func makeKey(
        at keyPath: String,
        runner: any CommandRunning = ProcessRunner()
    ) async throws(KeepingError) {
        let outcome = try await OpenSSL(runner: runner).run(
            ["genpkey", "-algorithm", "ed25519"],
            input: nil,
            files: [:]
        )
        let pem = outcome.output.head
        guard outcome.ending == .exited(0), pem.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8)
        else { throw OpenSSL.failure(outcome) }
        guard try KeptFile.write(pem, to: keyPath, isReplacing: false) else {
            throw KeepingError(.keyExists, "'\(keyPath)' is there already; it is left as it is")
        }
    }
}

/// Judges Ed25519 signatures through the program `openssl`.
public struct OpenSSLVerifier: SignatureVerifier {
    private let openssl: OpenSSL

    /// A verifier.
    ///
    /// - Parameter runner: Runs `openssl`.
    public init(runner: any CommandRunning = ProcessRunner()) {
        openssl = OpenSSL(runner: runner)
    }

    /// Runs `openssl pkeyutl -verify`.
    public func accepts(
        _ signature: [UInt8],
        over message: [UInt8],
        by key: NoteKey
    ) async throws(SignatureError) -> Bool {
        guard signature.count == 64 else { return false }
        do throws(KeepingError) {
            let outcome = try await openssl.run(
                [
                    "pkeyutl", "-verify", "-pubin", "-inkey", "/dev/stdin", "-rawin", "-in",
                    "message", "-sigfile", "signature",
                ],
                input: OpenSSL.publicPEM(key.publicKey),
                files: ["message": message, "signature": signature]
            )
            if outcome.ending == .exited(0) { return true }
            // Any other failure of the program says nothing of the signature.
            let said = outcome.output.text + outcome.error.text
            guard outcome.ending == .exited(1), said.contains("Signature Verification Failure")
            else { throw OpenSSL.failure(outcome) }
            return false
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
    }
}
