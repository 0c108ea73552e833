// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// The table of the sign-offs of a log as CSV: what `signoffs.csv` of an evidence bundle holds,
/// without the bundle around it.
///
/// Each row has what was recorded; the signatures themselves are in the bundle, and judged by
/// `audit verify`. Rows tie to the log by their first columns, `seq` and `leafHash`.
public struct SignOffExport: Sendable {
    private let log: AuditLog
    private static let pageSize = 1000

    /// An export of the sign-offs of `log`.
    public init(of log: AuditLog) {
        self.log = log
    }

    /// Writes the table, a page of entries at a time.
    ///
    /// - Parameter take: Called with the next bytes.
    /// - Returns: How many rows it has, the header not counted.
    /// - Throws: `AuditStoreError` when the store fails or holds what does not fit together;
    ///   ``EvidenceError`` for a sign-off that cannot be read; what `take` throws.
    public func write(to take: ([UInt8]) throws -> Void) async throws -> Int {
        let size = try await log.head().size
        var table = SignOffTable()
        var rows = 0
        try take(SignOffRow.header)
        for start in stride(from: 0, to: size, by: Self.pageSize) {
            var bytes: [UInt8] = []
            for entry in try await log.entries(in: start..<min(start + Self.pageSize, size)) {
                guard let row = try table.row(of: entry) else { continue }
                bytes += row.bytes
                rows += 1
            }
            try take(bytes)
        }
        return rows
    }
}
