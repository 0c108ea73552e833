// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Testing

@Suite struct ContractStrKeyTests {
    static let payload: [UInt8] = [
        0x3f, 0x0c, 0x34, 0xbf, 0x93, 0xad, 0x0d, 0x99, 0x71, 0xd0, 0x4c, 0xcc, 0x90, 0xf7, 0x05,
        0x51, 0x1c, 0x83, 0x8a, 0xad, 0x97, 0x34, 0xa4, 0xa2, 0xfb, 0x0d, 0x7a, 0x03, 0xfc, 0x7f,
        0xe8, 0x9a,
    ]

    static let valid: [(StrKey.Kind, String, [UInt8])] = [
        (.account, "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", payload),
        (.contract, "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA", payload),
        (.liquidityPool, "LA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPJN", payload),
        (
            .muxedAccount, "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ",
            payload + [0, 0, 0, 0, 0, 0, 0, 0]
        ),
        (
            .muxedAccount, "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK",
            payload + [0x80, 0, 0, 0, 0, 0, 0, 0]
        ),
        (
            .muxedContract, "WA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAAAWWC",
            payload + [0, 0, 0, 0, 0, 0, 0, 0]
        ),
        (
            .claimableBalance, "BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU",
            [0] + payload
        ),
        (
            .signedPayload,
            "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAQACAQDAQCQMBYIBEFAWDANBYHRAE"
                + "ISCMKBKFQXDAMRUGY4DUPB6IBZGM",
            payload + [0, 0, 0, 32] + Array(1...32)
        ),
        (.secretSeed, "SA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWVG", payload),
        (
            .preAuthorizedTransaction, "TA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUPUI",
            payload
        ),
        (.hashX, "XA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVLRR", payload),
        (
            .contract, "CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSC4",
            [UInt8](repeating: 0, count: 32)
        ),
    ]

    /// Refused texts of SEP-23, and near misses of a contract, each with the reason.
    static let invalid: [(String, StrKeyError.Code)] = [
        ("GAAAAAAAACGC6", .payload),
        (
            "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUR",
            .trailingBits
        ),
        ("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZA", .length),
        ("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUACUSI", .payload),
        ("G47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVP2I", .kind),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLKA", .length),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAAV75I", .payload),
        ("M47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ", .checksum),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUK===", .padding),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUO", .checksum),
        (
            "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAQACAQDAQCQMBYIBEFAWDANBYHRAE"
                + "ISCMKBKFQXDAMRUGY4DUPB6IAAAAAAAAPM", .payload
        ),
        (
            "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAE"
                + "ISCMKBKFQXDAMRUGY4Z2PQ", .payload
        ),
        (
            "PA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAOQCAQDAQCQMBYIBEFAWDANBYHRAE"
                + "ISCMKBKFQXDAMRUGY4DXFH6", .payload
        ),
        ("BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TV", .trailingBits),
        ("BAAT6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGXACA", .payload),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUYCY", .checksum),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUZWT", .checksum),
        ("CE7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVBHN", .kind),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UOXRY", .payload),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAFGGQ", .payload),
        ("ca7qynf7sowq3glr2bgmzehxavirza4kvwltjjfc7mgxua74p7ujuwda", .lowerCase),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDB", .checksum),
        (" CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA", .whiteSpace),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA\n", .whiteSpace),
        ("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWD0", .character),
        ("", .length),
        ("AA", .length),
    ]

    @Test(arguments: valid)
    func readsAndWritesEveryKind(_ kind: StrKey.Kind, _ text: String, _ payload: [UInt8]) throws {
        let key = try StrKey(text)
        #expect(key.kind == kind)
        #expect(key.payload == payload)
        #expect(try StrKey(kind, payload: payload).text == text)
    }

    @Test(arguments: invalid)
    func refusesEverythingElseWithTheReason(_ text: String, _ code: StrKeyError.Code) {
        let error = #expect(throws: StrKeyError.self) { try StrKey(text) }
        #expect(error?.code == code)
        if text.utf8.count > 8 { #expect(error?.description.contains(text) == false) }
    }

    @Test func theChecksumIsXmodem() {
        #expect(StrKey.crc16(Array("123456789".utf8)) == 0x31C3)
    }

    @Test func neverDescribesASecretSeed() throws {
        let seed = try StrKey(.secretSeed, payload: Self.payload)
        #expect(seed.description == "S…")
        #expect(!"\(seed)".contains(seed.text))
    }

    @Test func everySubstitutionOfOneCharacterIsRefused() throws {
        let text = Array("CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA".utf8)
        var accepted = 0
        for place in text.indices {
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8 where letter != text[place] {
                var changed = text
                changed[place] = letter
                if (try? StrKey(String(decoding: changed, as: UTF8.self))) != nil { accepted += 1 }
            }
        }
        #expect(accepted == 0)
    }

    /// The vectors of RFC 4648, section 10, without their padding.
    @Test(arguments: [
        ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
        ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
    ])
    func base32AgreesWithRFC4648(_ plain: String, _ encoded: String) throws {
        #expect(Base32.encode(plain.utf8) == encoded)
        #expect(try Base32.decode(encoded.utf8) == Array(plain.utf8))
    }
}
