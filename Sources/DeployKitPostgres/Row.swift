// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import CPostgres
    import DeployKit

    /// One row of an answer, columns counting from 0.
    ///
    /// The other end of the connection may send anything: count, types and lengths of the columns
    /// are looked at before a byte is read.
    @safe
    struct Row {
        /// Values larger than this are neither written nor read.
        static let largestValueInBytes = 64 << 20

        private let result: OpaquePointer
        private let number: Int32
        private let place: String

        init(_ result: OpaquePointer, _ number: Int32, of place: String) {
            self.result = result
            self.number = number
            self.place = place
        }

        func integer(_ column: Int32) throws(AuditStoreError) -> Int {
            let bytes = try value(column, type: 20, "an integer")
            guard bytes.count == 8 else { throw damage("an integer has \(bytes.count) bytes") }
            return Int(bytes.reduce(0 as Int64) { $0 << 8 | Int64($1) })
        }

        /// An integer from zero on that a log can have.
        func count(_ column: Int32) throws(AuditStoreError) -> Int {
            let value = try integer(column)
            guard (0...Session.mostRecords).contains(value) else {
                throw damage("a position or count is out of range")
            }
            return value
        }

        func bytes(_ column: Int32) throws(AuditStoreError) -> [UInt8] {
            Array(try value(column, type: 17, "bytes"))
        }

        func digest(_ column: Int32) throws(AuditStoreError) -> Digest {
            guard let digest = Digest(array: try bytes(column)) else {
                throw damage("a digest has not 32 bytes")
            }
            return digest
        }

        /// A name that is kept as bytes.
        func name(_ column: Int32) throws(AuditStoreError) -> StreamID {
            StreamID(try checked(try bytes(column)))
        }

        /// A text of the server's own catalogues.
        func text(_ column: Int32) throws(AuditStoreError) -> String {
            try checked(Array(try value(column, type: 25, "a text")))
        }

        private func checked(_ bytes: [UInt8]) throws(AuditStoreError) -> String {
            guard let text = String(checking: bytes[...]) else {
                throw damage("a text is no UTF-8")
            }
            return text
        }

        private func value(
            _ column: Int32,
            type: Oid,
            _ name: String
        ) throws(AuditStoreError) -> UnsafeRawBufferPointer {
            guard number < PQntuples(result), column < PQnfields(result),
                PQgetisnull(result, number, column) == 0
            else {
                throw damage("a value is absent")
            }
            guard PQftype(result, column) == type, PQfformat(result, column) == 1
            else { throw damage("a value is not \(name)") }
            let count = Int(PQgetlength(result, number, column))
            guard (0...Self.largestValueInBytes).contains(count),
                let start = PQgetvalue(result, number, column)
            else { throw damage("a value is larger than any that is written") }
            return UnsafeRawBufferPointer(start: start, count: count)
        }

        func damage(_ message: String) -> AuditStoreError {
            AuditStoreError(.damaged, "\(place) is damaged: \(message)")
        }
    }
#endif
