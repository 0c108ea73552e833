// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// Makes and judges SSH signatures through the program `ssh-keygen`, version 8.2 or newer.
public struct SSHKeygen: SSHSignatureVerifier {
    private let runner: any CommandRunning

    /// The variables by which `ssh-keygen` finds an agent, a security key, and somebody to ask for a
    /// passphrase.
    private static let inherited: Set<String> = [
        "PATH", "HOME", "USER", "LANG", "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_SK_PROVIDER",
        "SSH_SK_HELPER", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
    ]

    /// - Parameter runner: Runs `ssh-keygen`.
    public init(runner: any CommandRunning = ProcessRunner()) {
        self.runner = runner
    }

    /// Signs a message, through the agent where it holds the key.
    ///
    /// A passphrase is asked for by the agent or by the program that `SSH_ASKPASS` names, never on
    /// the terminal, which a program in the background could not read. A security key waits to be
    /// touched, two minutes at the most.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - namespace: What the signature is made for.
    ///   - keyPath: The private key, or the public one whose private half the agent holds.
    ///   - environment: The variables of this process, of which only those are passed on that
    ///     `ssh-keygen` needs to reach an agent or a security key.
    ///   - directory: What a relative path starts at.
    /// - Returns: The signature, of the form that it ought to have.
    /// - Throws: ``KeepingError``, code `keyAbsent`, `keyMalformed` or `sshUnavailable`.
    public func signature(
        over message: [UInt8],
        for namespace: String,
        keyPath: String,
        environment: [String: String],
        directory: String
    ) async throws(KeepingError) -> SSHSignature {
        var variables = environment.filter { Self.inherited.contains($0.key) }
        variables["PATH"] = variables["PATH"] ?? Launch.searchPath
        variables["SSH_ASKPASS_REQUIRE"] = "force"
        let outcome = try await run(
            ["-Y", "sign", "-f", keyPath, "-n", namespace],
            environment: variables,
            directory: directory,
            input: message,
            timeout: .seconds(120)
        )
        guard outcome.ending == .exited(0) else {
            throw Self.failure(outcome, keyPath)
        }
        do throws(SSHSignatureError) {
            let signature = try SSHSignature(
                armored: String(decoding: outcome.output.head, as: UTF8.self)
            )
            guard signature.namespace == namespace else {
                throw SSHSignatureError(.wrongNamespace, "'ssh-keygen' signed for another purpose")
            }
            return signature
        } catch {
            throw KeepingError(
                .keyMalformed,
                "the signature by '\(keyPath)' cannot be used: \(error.message)",
                underlying: error
            )
        }
    }

    /// Runs `ssh-keygen -Y verify` with a file that allows one key of one principal, for one
    /// purpose: everything else was decided before.
    public func accepts(
        _ signature: SSHSignature,
        over message: [UInt8],
        by principal: String,
        for namespace: String,
        at: Timestamp
    ) async throws(SignatureError) -> Bool {
        do throws(KeepingError) {
            let allowed: AllowedSigners
            do throws(SSHSignatureError) {
                let line = try AllowedSigners.Line(
                    principal: principal,
                    key: signature.key,
                    namespaces: [namespace]
                )
                allowed = AllowedSigners([line])
            } catch {
                return false
            }
            let folder = try ScratchFolder([
                "allowed": Array(allowed.text.utf8), "signature": Array(signature.armored.utf8),
            ])
            let outcome = try await run(
                [
                    "-Y", "verify", "-f", "\(folder.path)/allowed", "-I", principal, "-n",
                    namespace, "-s", "\(folder.path)/signature",
                ],
                environment: ["PATH": Launch.searchPath],
                directory: folder.path,
                input: message,
                timeout: .seconds(30)
            )
            if outcome.ending == .exited(0) { return true }
            // Any other failure of the program says nothing of the signature.
            let said = outcome.output.text + outcome.error.text
            guard outcome.ending == .exited(255), said.contains("incorrect signature") else {
                throw Self.failure(outcome, nil)
            }
            return false
        } catch {
            throw SignatureError(error.message, underlying: error)
        }
    }

    private func run(
        _ arguments: [String],
        environment: [String: String],
        directory: String,
        input: [UInt8],
        timeout: Duration
    ) async throws(KeepingError) -> CommandOutcome {
        let invocation = Invocation(
            .executable("ssh-keygen", arguments: arguments),
            environment: environment,
            directory: directory,
            input: input,
            timeout: timeout,
            outputLimit: 1 << 16
        )
        do {
            return try await runner.run(invocation)
        } catch {
            throw KeepingError(
                .sshUnavailable,
                "'ssh-keygen' is needed for SSH signatures, and cannot be run: " + error.message,
                underlying: error
            )
        }
    }

    private static func failure(_ outcome: CommandOutcome, _ keyPath: String?) -> KeepingError {
        let said = outcome.error.text
        let line =
            said.split(separator: "\n").last { !$0.hasPrefix("Signing data") }
            .map { ": \(VisibleText.render(String($0)))" } ?? ""
        guard let keyPath else {
            return KeepingError(.sshUnavailable, "'ssh-keygen' failed\(line)")
        }
        if said.contains("No such file") && !said.contains("askpass") {
            return KeepingError(.keyAbsent, "there is no SSH key '\(keyPath)'\(line)")
        }
        if said.contains("passphrase") || said.contains("askpass") {
            return KeepingError(
                .sshUnavailable,
                "'\(keyPath)' has a passphrase, and nobody could be asked for it; 'ssh-add "
                    + "\(keyPath)' unlocks it, or SSH_ASKPASS names a program that asks"
            )
        }
        if outcome.ending == .timedOut {
            return KeepingError(
                .sshUnavailable,
                "'ssh-keygen' waited two minutes for '\(keyPath)'; a security key must be touched"
            )
        }
        return KeepingError(.sshUnavailable, "'\(keyPath)' did not sign\(line)")
    }
}

extension StatementVerifiers {
    /// The stock programs `ssh-keygen` and `openssl`.
    public static func stock(runner: any CommandRunning = ProcessRunner()) -> Self {
        Self(ssh: SSHKeygen(runner: runner), ed25519: OpenSSLVerifier(runner: runner))
    }
}
