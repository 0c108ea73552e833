// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Looks for faults in a registry of addresses that somebody else keeps: any JSON.
///
/// Nothing is known of its structure. What stands in it is told by its form, and the network by
/// the names of the members around it.
public struct ForeignRegistryLint: Hashable, Sendable {
    /// One fault.
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// The kinds of fault.
        @nonexhaustive
        public enum Rule: String, Hashable, Sendable, CaseIterable {
            /// The text is no JSON.
            case syntax = "registry-syntax"
            /// The case of an EVM address is not its checksum.
            case checksum = "registry-checksum"
            /// A Stellar key has a wrong character.
            case strKey = "registry-strkey"
            /// A secret seed.
            case secret = "registry-secret"
            /// An EVM address without a checksum.
            case unprotected = "registry-unprotected"
            /// The zero address, or a value that is still to be filled in.
            case placeholder = "registry-placeholder"
            /// A Stellar contract on two networks, or on the wrong one.
            case network = "registry-network"

            /// Whether it is a fault for certain.
            public var isError: Bool { self != .unprotected && self != .placeholder }
        }

        /// The kind of fault.
        public let rule: Rule
        /// The line, from 1.
        public let line: Int
        /// Where, as a JSON pointer.
        public let pointer: String
        /// What was found, and what is right; never a secret.
        public let message: String

        /// The line, the rule, the place and the sentence.
        public var description: String {
            "line \(line): \(rule.rawValue): \(pointer.isEmpty ? "" : pointer + ": ")\(message)"
        }
    }

    /// The faults in the order of the file.
    public let findings: [Finding]
    /// How many addresses and keys were looked at.
    public let count: Int

    /// Looks at a file.
    public init(_ bytes: [UInt8]) {
        var walk = RegistryWalk()
        do {
            walk.look(at: try ToolJSON(bytes), "", 1, nil)
        } catch {
            walk.findings.append(
                Finding(rule: .syntax, line: 1, pointer: "", message: error.message)
            )
        }
        findings = walk.findings
        count = walk.count
    }
}

/// Goes through the values of a file.
private struct RegistryWalk {
    typealias Finding = ForeignRegistryLint.Finding

    var findings: [Finding] = []
    var count = 0
    private var homes: [String: (network: Network, pointer: String)] = [:]

    /// Where a text stands.
    private struct Place {
        let pointer: String
        let line: Int
        let network: Network?

        func finding(_ rule: Finding.Rule, _ message: String) -> Finding {
            Finding(rule: rule, line: line, pointer: pointer, message: message)
        }
    }

    mutating func look(
        at value: ToolJSON,
        _ pointer: String,
        _ line: Int,
        _ network: Network?
    ) {
        switch value {
        case .string(let text):
            look(at: text, Place(pointer: pointer, line: line, network: network))
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                look(at: element, "\(pointer)/\(index)", line, network)
            }
        case .object(let members):
            for member in members {
                let step = Self.escaped(member.name)
                let place = Place(
                    pointer: "\(pointer)/\(step)",
                    line: member.line,
                    network: network
                )
                look(at: member.name, place)
                let home = Self.network(named: member.name) ?? network
                look(at: member.value, "\(pointer)/\(step)", member.line, home)
            }
        case .null, .boolean, .number: break
        }
    }

    private mutating func look(at text: String, _ place: Place) {
        switch EVMAddress.read(text.utf8) {
        case .checksummed, .unchecksummed: count += 1
        case .wrongChecksum:
            count += 1
            let right = Hexadecimal.bytes(of: text).flatMap(EVMAddress.init(bytes:))?.text ?? ""
            findings.append(
                place.finding(
                    .checksum,
                    "\(text) has a wrong checksum; in the right case it is \(right), unless a "
                        + "digit is wrong"
                )
            )
            return
        case .noAddress: return lookForKey(text, place)
        }
        if text.dropFirst(2).allSatisfy({ $0 == "0" }) {
            findings.append(place.finding(.placeholder, "the zero address"))
        } else if case .unchecksummed(let address) = EVMAddress.read(text.utf8),
            address.text != text
        {
            findings.append(
                place.finding(.unprotected, "\(text) has no checksum; write \(address.text)")
            )
        }
    }

    private mutating func lookForKey(_ text: String, _ place: Place) {
        let bytes = Array(text.utf8)
        // The second character of a key of 32 bytes is A to D; see SEP-23.
        guard bytes.count == 56, "CGSLTX".utf8.contains(bytes[0]), (0x41...0x44).contains(bytes[1]),
            bytes.allSatisfy({ (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) })
        else { return }
        count += 1
        let key: StrKey
        do {
            key = try StrKey(text)
        } catch {
            let isSecret = bytes[0] == UInt8(ascii: "S")
            findings.append(
                isSecret
                    ? place.finding(.secret, "it looks like a secret seed with a wrong character")
                    : place.finding(.strKey, "\(text): \(error.message)")
            )
            return
        }
        if key.kind == .secretSeed {
            findings.append(place.finding(.secret, "a secret seed: whoever can read this can sign"))
        }
        guard key.kind == .contract else { return }
        lookForNetwork(ofContract: text, place)
    }

    private mutating func lookForNetwork(ofContract text: String, _ place: Place) {
        guard let network = place.network, network.family == .stellar else { return }
        if let home = ContractID.networkOfNativeAsset(text), !home.isSameChain(as: network) {
            findings.append(
                place.finding(
                    .network,
                    "\(text) is the native asset's contract of \(home), not of \(network)"
                )
            )
        } else if let other = homes[text], !other.network.isSameChain(as: network) {
            findings.append(
                place.finding(
                    .network,
                    "\(text) stands under \(network) and under \(other.network) "
                        + "(\(other.pointer)); a Stellar contract is on one network only"
                )
            )
        } else {
            homes[text] = (network, place.pointer)
        }
    }

    /// The Stellar network that a member is named after.
    private static func network(named name: String) -> Network? {
        Network.known.first { $0.family == .stellar && $0.isNamed(name) }
    }

    private static func escaped(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
