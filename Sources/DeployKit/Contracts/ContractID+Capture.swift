// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractID {
    /// Takes the ID that a command printed: the one that stands in `text`.
    ///
    /// For the standard output of a command that exited 0, never for its errors. The same ID
    /// several times counts once. The last line has no privilege: a command that deploys several
    /// contracts prints several IDs, and which is which nobody can tell.
    ///
    /// - Throws: ``ContractIDError``, code `several` when there are two different ones, `none`
    ///   when there is none, `errorText` when only lines that begin with an error name it, or the
    ///   code of what stands there instead.
    public static func theOnlyOne(
        in text: String,
        on network: Network
    ) throws(ContractIDError) -> ContractID {
        let found = ContractIDScan(text, on: network)
        guard let id = found.ids.first else {
            if let other = found.other { throw other }
            let error = ContractIDDiagnosis(text, on: network).error
            switch error.code {
            case .malformed, .whiteSpace, .empty:
                throw ContractIDError(.none, on: network, "the output holds none")
            default: throw error
            }
        }
        guard found.ids.count == 1 else {
            let names = found.ids.map(\.text).joined(separator: ", ")
            throw ContractIDError(
                .several,
                on: network,
                "the output holds \(found.ids.count) different ones: \(names)"
            )
        }
        if isNamedByErrorsAlone(id, in: text) {
            throw ContractIDError(.errorText, on: network, "it stands in the text of an error")
        }
        return id
    }

    // A tool that ends with 0 all the same has told of a contract that it did not deploy.
    private static func isNamedByErrorsAlone(_ id: ContractID, in text: String) -> Bool {
        let name = id.text.lowercased()
        let lines = text.lowercased().split(whereSeparator: \.isNewline).filter { line in
            line.contains(name)
        }
        return !lines.isEmpty
            && lines.allSatisfy { line in
                let first = line.split(whereSeparator: { !$0.isLetter }).first ?? ""
                return ["error", "fatal", "failed", "failure", "panic", "exception"]
                    .contains(String(first))
            }
    }
}

/// The IDs of a network that stand as whole words in a text.
struct ContractIDScan {
    /// The different IDs in order of their first appearance.
    private(set) var ids: [ContractID] = []
    /// Why the first word that is nearly an ID is none; a secret comes before all else.
    private(set) var other: ContractIDError?

    init(_ text: String, on network: Network) {
        let isPart = network.family == .other ? Self.isPartOfOpaque : Self.isWord
        for word in text.utf8.split(whereSeparator: { !isPart($0) }) {
            guard Self.mayMatter(word, on: network) else { continue }
            do {
                let id = try ContractID(String(decoding: word, as: UTF8.self), on: network)
                if !ids.contains(id) { ids.append(id) }
            } catch {
                let isSecret = error.code == .secret
                let isTelling = error.code != .malformed && error.code != .otherFamily
                if isSecret ? other?.code != .secret : isTelling && other == nil { other = error }
            }
        }
    }

    /// A cheap look before the checksum: most words of a log have the wrong length.
    private static func mayMatter(_ word: Substring.UTF8View, on network: Network) -> Bool {
        switch network.family {
        case .stellar: [56, 58, 64, 66, 69].contains(word.count)
        case .evm: [42, 56, 64, 66].contains(word.count)
        case .other: word.count <= 128
        }
    }

    /// Letters, digits, underscore, and every byte outside ASCII, so that a word is whole.
    static func isWord(_ byte: UInt8) -> Bool {
        ContractPattern.Alphabet.alphanumeric.holds(byte) || byte == 0x5F || byte >= 0x80
    }

    /// What may stand inside an opaque ID: all but white space, quotes, brackets, `,`, `;`, `=`.
    private static func isPartOfOpaque(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !"\"'`,;=()[]{}<>|".utf8.contains(byte)
    }
}
