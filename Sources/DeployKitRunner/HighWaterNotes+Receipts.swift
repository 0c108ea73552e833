// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit
import Glibc

extension HighWaterNotes {
    /// A receipt that this machine keeps, and its file.
    public struct KeptReceipt: Hashable, Sendable {
        /// The file.
        public let path: String
        /// What is in it.
        public let receipt: InclusionProofFile
    }

    /// The receipts that this machine keeps of a log, by position, the lowest first.
    ///
    /// Files of other names in their folder are left alone.
    ///
    /// - Throws: ``KeepingError``: `noteDamaged` for a receipt that cannot be read or is of another
    ///   log, `unsafe` or `unavailable`.
    public func receipts(of origin: String) throws(KeepingError) -> [KeptReceipt] {
        let folder = receiptFolder(of: origin)
        var kept: [KeptReceipt] = []
        for name in try Self.files(in: folder) where name.hasSuffix(".tlog-proof") {
            let path = "\(folder)/\(name)"
            guard let bytes = try KeptFile.read(path) else { continue }
            do throws(CheckpointError) {
                let receipt = try InclusionProofFile(bytes)
                guard receipt.checkpoint.head.origin.utf8.elementsEqual(origin.utf8) else {
                    throw CheckpointError("it is of the log '\(receipt.checkpoint.head.origin)'")
                }
                kept.append(KeptReceipt(path: path, receipt: receipt))
            } catch {
                throw KeepingError(.noteDamaged, "'\(path)': \(error.message)", underlying: error)
            }
        }
        return kept.sorted { $0.receipt.position < $1.receipt.position }
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
