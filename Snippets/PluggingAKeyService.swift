// DeployKit
// SPDX-License-Identifier: Apache-2.0

// A service signs with a key that it never sees: a key service holds it, and answers with 64 bytes of
// Ed25519. `Signer` is the place to plug it in.

import DeployKit
import DeployKitRunner
import Foundation

/// The key service, as its client sees it. A real one is asked over the network; this one keeps the
/// key in a file and signs with the program openssl.
actor KeyService {
    private let held: OpenSSLSigner

    init(keyPath: String) async throws {
        try await OpenSSLSigner.makeKey(at: keyPath)
        held = try await OpenSSLSigner(keyPath: keyPath, name: "release-bot")
    }

    var publicKey: [UInt8] { held.key.publicKey }

    func sign(_ message: [UInt8]) async throws -> [UInt8] {
        try await held.signature(over: message)
    }
}

/// Signs by asking the key service. The message is the whole statement (DSSE), so that the key
/// service can log what it signed.
struct KeyServiceSigner: Signer {
    let key: NoteKey
    let service: KeyService

    func signature(over message: [UInt8]) async throws(SignatureError) -> [UInt8] {
        do {
            return try await service.sign(message)
        } catch {
            // Not being able to sign is an error; it never becomes an unsigned sign-off.
            throw SignatureError("the key service did not sign", underlying: error)
        }
    }
}

let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
// What cannot be removed is left to the system's own cleaning.
defer { try? FileManager.default.removeItem(at: folder) }
let service = try await KeyService(keyPath: folder.appendingPathComponent("key.pem").path)
let signer = KeyServiceSigner(
    key: try NoteKey(name: "release-bot", kind: .ed25519, publicKey: await service.publicKey),
    service: service
)

let checklist = try Checklist("Payments") {
    Phase("Preparation") { Item("Backup verified") }
    Phase(
        "Release",
        gate: .all(.signOffs(.one(of: "Scanner", assurance: .serviceKey)))
    ) { Item("Traffic shifted") }
}
let deployments = Deployments(store: InMemoryAuditStore())
// The log knows the public half; what it proves is decided by the rules, not by the caller.
try await deployments.apply(
    Directory(people: [
        .init(
            id: "image-scanner",
            roles: ["Scanner"],
            keys: [PersonKey(.ed25519(signer.key.publicKey))]
        )
    ]),
    by: .service("release-bot")
)
let deployment = try await deployments.start(
    checklist,
    environment: Environment("staging", tier: .test),
    version: "1.4.0",
    by: .service("release-bot")
)
try await deployment.complete("backup-verified", by: .service("release-bot"))

func show() async throws {
    if case .open = try await deployment.gate("Release").verdict {
        print("open")
    } else {
        print("closed")
    }
}

try await deployment.sign("Scanner", .approved, by: .service("image-scanner"))
try await show()
try await deployment.sign(
    "Scanner",
    .approved,
    as: "image-scanner",
    with: signer,
    verifiers: StatementVerifiers(ssh: SSHKeygen(), ed25519: OpenSSLVerifier()),
    reason: "no known vulnerability"
)
try await show()
