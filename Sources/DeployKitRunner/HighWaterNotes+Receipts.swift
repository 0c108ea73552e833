// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit
import Glibc

extension HighWaterNotes {
    /// Everything that this machine kept of a log, under all names that the log ever had.
    ///
    /// - Parameter origin: One of the names.
    /// - Returns: Notes and receipts, by epoch, then by position, the note of an epoch first.
    /// - Throws: ``KeepingError``: `noteDamaged`, `unsafe` or `unavailable`.
    public func anchors(of origin: String) throws(KeepingError) -> [Anchor] {
        var anchors: [Anchor] = []
        for origin in try origins(like: origin) {
            anchors += try [note(of: origin)].compactMap { $0 } + receipts(of: origin)
        }
        return anchors
    }

    /// What tells as much of a log as all that was kept, in fewer files: of each epoch the note,
    /// which is never behind a receipt, and the receipts where there is no note.
    func lastAnchors(of origin: String) throws(KeepingError) -> [Anchor] {
        var anchors: [Anchor] = []
        for origin in try origins(like: origin) {
            if let note = try note(of: origin) {
                anchors.append(note)
            } else {
                anchors += try receipts(of: origin)
            }
        }
        return anchors
    }

    private func note(of origin: String) throws(KeepingError) -> Anchor? {
        try checkpoint(of: origin).map { Anchor(note: $0, path: path(of: origin)) }
    }

    /// The names under which this machine knows a log, the first one first.
    private func origins(like origin: String) throws(KeepingError) -> [String] {
        let base = LogEpoch.base(of: origin)
        let stem = KeptFile.name(for: "\(base)/e")
        var numbers: Set = [1]
        for name in try Self.files(in: "\(folder)/heads") + Self.files(in: "\(folder)/receipts")
        where name.hasPrefix(stem) {
            let digits = name.dropFirst(stem.count)
            if let number = Int(digits), number > 1, String(number) == digits {
                numbers.insert(number)
            }
        }
        return numbers.sorted().map { LogEpoch.origin($0, of: base) }
    }

    /// The receipts that this machine keeps of a log under one name, by position, the lowest first.
    ///
    /// Files of other names in their folder are left alone.
    ///
    /// - Throws: ``KeepingError``: `noteDamaged` for a receipt that cannot be read, contradicts
    ///   itself or is of another log, `unsafe` or `unavailable`.
    func receipts(of origin: String) throws(KeepingError) -> [Anchor] {
        let folder = receiptFolder(of: origin)
        var kept: [(position: Int, anchor: Anchor)] = []
        for name in try Self.files(in: folder) where name.hasSuffix(".tlog-proof") {
            let path = "\(folder)/\(name)"
            guard let bytes = try KeptFile.read(path) else { continue }
            do throws(CheckpointError) {
                let receipt = try InclusionProofFile(bytes)
                guard receipt.checkpoint.head.origin.utf8.elementsEqual(origin.utf8) else {
                    throw CheckpointError("it is of the log '\(receipt.checkpoint.head.origin)'")
                }
                kept.append((receipt.position, Anchor(receipt: receipt, path: path)))
            } catch {
                throw KeepingError(.noteDamaged, "'\(path)': \(error.message)", underlying: error)
            }
        }
        return kept.sorted { $0.position < $1.position }.map(\.anchor)
    }

    /// Keeps a receipt.
    ///
    /// - Returns: The path of the file.
    /// - Throws: ``KeepingError``, code `unavailable`.
    public func keep(_ receipt: InclusionProofFile) throws(KeepingError) -> String {
        let folder = receiptFolder(of: receipt.checkpoint.head.origin)
        let path = "\(folder)/\(receipt.position).tlog-proof"
        try KeptFile.write(Array(receipt.text.utf8), to: path, isReplacing: true)
        return path
    }

    func receiptFolder(of origin: String) -> String {
        "\(folder)/receipts/\(KeptFile.name(for: origin))"
    }

    /// The names in a folder; none where there is no folder.
    private static func files(in folder: String) throws(KeepingError) -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw KeptFile.failure("read", folder, errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }
}
