// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Real checklists that are no part of the package: `NNN.md` files, what the reference
/// implementation found in them, and what a person says of some of them.
struct Corpus {
    /// One file with its oracle.
    struct File {
        var number: Int
        var source: [UInt8]
        var oracle: [String: Any]
    }

    let folder: URL

    /// The corpus that `DEPLOYKIT_CORPUS` names, when the measures are asked for.
    static let named: Corpus? = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["DEPLOYKIT_FIDELITY"] != nil, let path = environment["DEPLOYKIT_CORPUS"]
        else { return nil }
        return Corpus(folder: URL(filePath: path))
    }()

    func source(_ number: Int) -> [UInt8]? {
        let digits = "\(number)"
        let name = String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".md"
        return FileManager.default.contents(atPath: folder.appending(path: name).path).map {
            [UInt8]($0)
        }
    }

    /// The files, each with what the reference implementation found.
    func files() throws -> [File] {
        try objects("oracle.jsonl").compactMap { oracle in
            guard let number = oracle["n"] as? Int, let source = source(number) else { return nil }
            return File(number: number, source: source, oracle: oracle)
        }
    }

    /// What a person says of some files.
    func labels() throws -> [File] {
        try objects("labels.jsonl").compactMap { labels in
            guard let number = labels["n"] as? Int, let source = source(number) else { return nil }
            return File(number: number, source: source, oracle: labels)
        }
    }

    private func objects(_ name: String) throws -> [[String: Any]] {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }
}

extension [String: Any] {
    /// The objects below a key.
    func list(_ key: String) -> [[String: Any]] { self[key] as? [[String: Any]] ?? [] }

    /// The lines of the objects below a key.
    func lines(_ key: String) -> Set<Int> { Set(list(key).compactMap { $0["line"] as? Int }) }
}
