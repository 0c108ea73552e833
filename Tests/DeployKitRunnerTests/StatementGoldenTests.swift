// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// One statement, byte by byte, with signatures that `openssl` and `ssh-keygen` made with the keys of
/// RFC 8032, section 7.1 (test 1 for the service, test 3 for the person).
@Suite struct StatementGoldenTests {
    private static let payload = #"""
        {"_type":"https://in-toto.io/Statement/v1","predicate":{"assurance":"sshKey","decision":\#
        "approved","deployment":"d-7k2mxq","gate":"phase/deploy","head":{"origin":"payments.0123\#
        456789abcdef","rootHash":"dde6dbe4e0009e325c54d3cf48fd7ce29a70ad05e452352b7e1c62cc96674c\#
        8b","size":7},"id":"000102030405060708090a0b0c0d0e0f","label":"DevOps Engineer","meaning\#
        ":"approval","round":1,"rule":{"assurance":"sshKey","count":1,"roles":["DevOps Engineer"\#
        ]},"signedAt":"2026-01-01T00:00:00.000Z","signer":"alice@example.com","slot":"devops-eng\#
        ineer","subject":{"artifacts":[{"name":"image","sha256":"6105d6cc76af400325e94d588ce511b\#
        e5bfdbb73b437dc51eca43917d7a43e3d"}],"checklist":"1b4025dc7b8d27cf38df85e77b20ed44a00851\#
        a2c28b338560560d85deded8e3","environment":{"name":"production","tier":"production"},"kin\#
        d":"deploy","service":"payments","version":"1.4.2"},"tool":"deploykit 0.1.0"},"predicate\#
        Type":"urn:deploykit:predicate:sign-off:v1","subject":[{"digest":{"sha256":"1b4025dc7b8d\#
        27cf38df85e77b20ed44a00851a2c28b338560560d85deded8e3"},"name":"checklist.json"},{"digest\#
        ":{"sha256":"b21bd106df5cfc005993dd42836e067c222bc776ceff57d2618c9ceb57d511b8"},"name":"\#
        deployment-subject.json"},{"digest":{"sha256":"6105d6cc76af400325e94d588ce511be5bfdbb73b\#
        437dc51eca43917d7a43e3d"},"name":"artifact/image"}]}
        """#
    private static let service = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    private static let serviceSignature = """
        4d1Qb4sW9weIZXnmJUEoN78l75wPGYwQqUDioyNQWmjyv6hvvORP7elsVyTDvsneiGUpbGEu6fzzAuwMppy5Dw==
        """
    private static let person = """
        ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPxRzY5iGKGjjaR+0AIw8FgIFu0TujMDrF3rkRVIkIAl
        """
    private static let personSignature = """
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCUAAAAS\
        c2lnbi1vZmZAZGVwbG95a2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5AAAAQPrUzLlNPf0gadosLPRc\
        0XJtdlOb36701ixKWKx1Yecbe4j8AAx3PYSQ+rAN6evSxL1BflE0PtQsclXkBCFrXQ8=
        """

    @Test func theStatementIsReadAndWrittenAsItStands() throws {
        let payload = Array(Self.payload.utf8)
        #expect(payload.count == 1284)
        let statement = try SignOffStatement(payload: payload)
        #expect(statement.payload == payload)
        #expect(
            SHA256.digest(of: statement.message).hex
                == "53e15774899d574b1e2581be9493ba4918274a8c07b6edbb516b758ac3790b2e"
        )
        #expect(statement.signer == "alice@example.com" && statement.meaning == .approval)
        #expect(statement.subject.artifacts.map(\.name) == ["image"])
    }

    /// No member may be missing, doubled, renamed or of another value than its copy elsewhere.
    @Test func aStatementWithOtherSubjectsIsNone() throws {
        for (old, new) in [
            ("\"name\":\"checklist.json\"", "\"name\":\"other.json\""),
            ("\"version\":\"1.4.2\"", "\"version\":\"1.4.3\""),
            ("predicate:sign-off:v1", "predicate:sign-off:v2"), ("Statement/v1", "Statement/v0.1"),
            ("\"assurance\":\"sshKey\",\"decision", "\"assurance\":\"asserted\",\"decision"),
            ("\"round\":1,", ""), ("\"tool\"", "\"tooI\""),
        ] {
            let text = Self.payload.replacing(old, with: new)
            try #require(text != Self.payload, "\(old)")
            #expect(throws: JSONError.self, "\(new)") {
                try SignOffStatement(payload: Array(text.utf8))
            }
        }
    }

    @Test func theKeysHaveTheirNames() throws {
        let ssh = PersonKey(.ssh(try SSHPublicKey(Self.person)))
        #expect(ssh.id == "SHA256:s3Z2A+mldeflHo5TMMEUA7MlkMg96xvtqH9DGLHHZmE")
        let service = PersonKey(.ed25519(try #require(Base64.decode(Self.service))))
        #expect(service.id == "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9")
    }

    @Test func theServicesSignatureIsGood() async throws {
        let message = SignedStatement.preAuthentication(of: Array(Self.payload.utf8))
        let key = try NoteKey(
            name: "service",
            kind: .ed25519,
            publicKey: try #require(Base64.decode(Self.service))
        )
        let signature = try #require(Base64.decode(Self.serviceSignature))
        #expect(try await OpenSSLVerifier().accepts(signature, over: message, by: key))
        #expect(try await !OpenSSLVerifier().accepts(signature, over: message + [0x0A], by: key))
    }

    @Test(.enabled(if: access("/usr/bin/ssh-keygen", X_OK) == 0, "ssh-keygen is not installed"))
    func thePersonsSignatureIsGood() async throws {
        let message = SignedStatement.preAuthentication(of: Array(Self.payload.utf8))
        let signature = try SSHSignature(
            blob: try #require(Base64.decode(Self.personSignature))
        )
        #expect(signature.key == (try SSHPublicKey(Self.person)))
        for (message, isGood) in [(message, true), (message + [0x0A], false)] {
            let verdict = try await SSHKeygen().accepts(
                signature,
                over: message,
                by: "alice@example.com",
                for: SignOffStatement.namespace,
                at: Timestamp(milliseconds: 0)
            )
            #expect(verdict == isGood)
        }
    }
}
