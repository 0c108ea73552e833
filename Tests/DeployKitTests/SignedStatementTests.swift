// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct SignedStatementTests {
    /// The example of DSSE's protocol.md.
    @Test func whatIsSignedIsThePublishedEncoding() {
        let message = SignedStatement.preAuthentication(
            of: Array("hello world".utf8),
            type: "http://example.com/HelloWorld"
        )
        #expect(
            String(decoding: message, as: UTF8.self)
                == "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        )
    }

    @Test func thePayloadIsFoundInWhatWasSigned() {
        let payload = Array("{\"a\":1} 2 ".utf8)
        let message = SignedStatement.preAuthentication(of: payload)
        #expect(SignedStatement.payload(inside: message) == payload)
        #expect(SignedStatement.payload(inside: message + [0x0A]) == nil)
        #expect(SignedStatement.payload(inside: message.dropLast()) == nil)
        #expect(SignedStatement.payload(inside: []) == nil)
        #expect(SignedStatement.payload(inside: payload) == nil)
    }

    @Test func anEnvelopeIsReadInBothAlphabetsAndWrittenInOne() throws {
        let envelope = SignedStatement(
            payload: [0xFB, 0xFF, 0xFE],
            signatures: [.init(keyID: "k", bytes: [0xFF, 0xEF])]
        )
        #expect(try SignedStatement(json: envelope.json) == envelope)
        let text = String(decoding: envelope.json.canonicalBytes, as: UTF8.self)
        #expect(text.contains("+//+") && text.contains("/+8="))
        let other = text.replacing("+//+", with: "-__-").replacing("\"/+8=", with: "\"_-8=")
        #expect(try SignedStatement(json: JSONValue(parsing: other)) == envelope)
    }

    @Test(
        arguments: [
            #"{"payload":"QQ==","payloadType":"text/plain","signatures":[{"keyid":"a","sig":"QQ=="}]}"#,
            #"{"payload":"QQ==","payloadType":"application/vnd.in-toto+json","signatures":[]}"#,
            #"{"payload":"QQ","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"a","sig":"QQ=="}]}"#,
            #"{"payload":"QR==","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"a","sig":"QQ=="}]}"#,
            #"{"payload":"QQ==","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"QQ=="}]}"#,
            #"{"payload":"QQ==","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"a","sig":"QQ=="},{"keyid":"a","sig":"QQ=="}]}"#,
            #"{"payload":"QQ==","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"a","sig":"QQ=="}],"x":1}"#,
        ]
    )
    func whatIsNoEnvelopeIsRefused(text: String) {
        #expect(throws: JSONError.self) { try SignedStatement(json: JSONValue(parsing: text)) }
    }
}
