// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
    /// Reads a CAIP-10 text: the name of a network, a colon, an ID.
    ///
    /// The stellar namespace knows addresses of accounts only; `stellar:pubnet:C…` has the generic
    /// form and is read as SEP-23 says, upper case included.
    ///
    /// - Parameters:
    ///   - caip10: The text.
    ///   - networks: The networks that it may name.
    /// - Throws: ``ContractIDError`` as ``init(_:on:)`` does; ``NetworkError`` for a network that is
    ///   none of `networks`, and for a text without one.
    public init(caip10: String, among networks: [Network] = Network.known) throws {
        let bytes = Array(caip10.utf8)
        guard let last = bytes.lastIndex(of: UInt8(ascii: ":")) else {
            throw NetworkError(.id, "this is no CAIP-10 text such as stellar:testnet:C…")
        }
        let name = String(decoding: bytes[..<last], as: UTF8.self)
        guard let network = networks.first(where: { $0.id.text == name }) else {
            let known = networks.map(\.id.text).joined(separator: ", ")
            throw NetworkError(.unknown, "the CAIP-10 text names no network of \(known)")
        }
        let address = bytes[(last + 1)...]
        let isForm = (1...128).contains(address.count) && address.allSatisfy(Self.isOfCAIP10)
        guard isForm, let text = Self.decoded(address) else {
            throw ContractIDError(.malformed, on: network, "CAIP-10 does not allow this text")
        }
        try self.init(text, on: network)
    }

    /// `[-.%a-zA-Z0-9]`.
    private static func isOfCAIP10(_ byte: UInt8) -> Bool {
        ContractPattern.Alphabet.alphanumeric.holds(byte) || "-.%".utf8.contains(byte)
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(EVMAddress.nibble),
                let low = rest.popFirst().flatMap(EVMAddress.nibble)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
