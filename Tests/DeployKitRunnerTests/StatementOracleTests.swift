// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import DeployKitTesting
import Glibc
import Testing

/// Envelopes and statements as in-toto's and securesystemslib's own code reads them.
@Suite struct StatementOracleTests {
    private static let reader = #"""
        import base64, json, sys
        from google.protobuf import json_format
        from in_toto_attestation.v1 import statement_pb2
        from in_toto_attestation.v1.statement import Statement
        from securesystemslib.dsse import Envelope
        from securesystemslib.exceptions import VerificationError
        from securesystemslib.signer import SSlibKey
        count = 0
        for line in open(sys.argv[1], "rb"):
            key, envelope = json.loads(line)
            found = Envelope.from_dict(envelope)
            assert found.pae() == base64.b64decode(key["message"])
            statement = json_format.Parse(found.payload, statement_pb2.Statement())
            Statement.copy_from_pb(statement).validate()
            assert statement.predicate_type.startswith("urn:deploykit:predicate:")
            own = SSlibKey(key["keyid"], "ed25519", "ed25519", {"public": key["public"]})
            found.verify([own], 1)
            other = SSlibKey(key["keyid"], "ed25519", "ed25519", {"public": "00" * 32})
            try:
                found.verify([other], 1)
                sys.exit("another key verified")
            except VerificationError:
                pass
            count += 1
        print(count, end="")
        """#

    private static let people = [
        ("approved", "phase/deploy"), ("rejected", "phase/deploy"), ("abstained", "phase/deploy"),
        ("approved", "completion"), ("approved", "closure"),
    ]

    @Test(.enabled(if: hasOracles, "securesystemslib and in-toto-attestation are not installed"))
    func everyEnvelopeOfAServiceIsTaken() async throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/service.pem"
        try await OpenSSLSigner.makeKey(at: path)
        let signer = try await OpenSSLSigner(keyPath: path, name: "service")
        var lines = ""
        for (decision, gate) in Self.people {
            let live = try await Self.started(signer.key.publicKey, gate: gate)
            let prepared = try await live.prepare(
                "qa",
                try SignOff.Decision(json: decision.json),
                by: "bot",
                assurance: .serviceKey,
                reason: "é \u{1F600} \"why\""
            )
            let envelope = try await prepared.statement.signed(by: signer)
            try await live.submit(envelope, reason: prepared.reason, verifiers: .stock())
            let key = JSONValue.members([
                "keyid": envelope.signatures[0].keyID.json,
                "public": Self.hex(signer.key.publicKey).json,
                "message": Base64.encode(prepared.statement.message).json,
            ])
            let line = JSONValue.array([key, envelope.json]).canonicalBytes
            lines += String(decoding: line, as: UTF8.self) + "\n"
        }
        let file = folder.write(lines, to: "envelopes")
        let outcome = try await Self.python([Self.reader, file])
        #expect(outcome.output.text == "\(Self.people.count)", "\(outcome.error.text)")
    }

    private static func started(
        _ key: [UInt8],
        gate: String
    ) async throws -> LiveDeployment {
        let deployments = Deployments(store: InMemoryAuditStore(), clock: FixedClock())
        let bot = Directory.Person(id: "bot", roles: ["QA"], keys: [PersonKey(.ed25519(key))])
        try await deployments.apply(Directory(people: [bot]), by: .person("tom"))
        let slot = SignOffSlot(
            id: "qa",
            label: "QA",
            rule: SignOffRule(roles: ["QA"]),
            gate: try GateID(json: gate.json)
        )
        let checklist = try Checklist("Orders") {
            Phase("Check") { Item("Look", id: "look") }
            Phase("Deploy") { Item("Deploy", id: "deploy") }
        }
        guard case .object(var members) = checklist.json else { throw JSONError(.value, "") }
        members["signOffSlots"] = .array([slot.json])
        return try await deployments.start(
            Checklist(json: .object(members)),
            environment: .undeclared("production"),
            version: "1",
            artifacts: [.init(name: "image", digest: SHA256.digest(of: "image".utf8))],
            by: .person("tom")
        )
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    fileprivate static func python(_ arguments: [String]) async throws -> CommandOutcome {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return try await ProcessRunner().run(
            Invocation(
                .executable("python3", arguments: ["-c"] + arguments),
                environment: ["PATH": path],
                directory: "/",
                timeout: .seconds(60)
            )
        )
    }
}

private let hasOracles: Bool = {
    let isThere = system(
        "python3 -c 'import securesystemslib, in_toto_attestation' >/dev/null 2>&1"
    )
    if isThere != 0 { print("securesystemslib or in-toto-attestation is not installed: left out") }
    return isThere == 0
}()
