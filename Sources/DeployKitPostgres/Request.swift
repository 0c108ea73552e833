// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    /// One statement with its values, in PostgreSQL's binary form: nothing is quoted or parsed.
    struct Request {
        let query: Query
        let values: [[UInt8]]

        init(_ query: Query, _ values: [UInt8]...) {
            self.query = query
            self.values = values
        }
    }

    /// The binary forms of values:
    /// `int8send`, `byteasend` and `array_send` of PostgreSQL, all big-endian.
    enum Wire {
        static func integer(_ value: Int) -> [UInt8] {
            bytes(Int64(value))
        }

        static func integers(_ values: [Int]) -> [UInt8] {
            array(of: 20, count: values.count, bytes: values.count * 12) { result in
                for value in values {
                    result += bytes(Int32(8))
                    result += bytes(Int64(value))
                }
            }
        }

        static func byteStrings(_ values: [[UInt8]]) -> [UInt8] {
            let size = values.reduce(0) { $0 + $1.count + 4 }
            return array(of: 17, count: values.count, bytes: size) { result in
                for value in values {
                    result += bytes(Int32(truncatingIfNeeded: value.count))
                    result += value
                }
            }
        }

        static func digests(_ values: some Collection<Digest>) -> [UInt8] {
            byteStrings(values.map(\.bytes))
        }

        /// One dimension that counts from 1, or none for no elements.
        private static func array(
            of type: Int32,
            count: Int,
            bytes size: Int,
            _ fill: (inout [UInt8]) -> Void
        ) -> [UInt8] {
            var result: [UInt8] = []
            result.reserveCapacity(20 + size)
            result += bytes(Int32(count == 0 ? 0 : 1))
            result += bytes(Int32(0))
            result += bytes(type)
            if count > 0 {
                result += bytes(Int32(truncatingIfNeeded: count))
                result += bytes(Int32(1))
                fill(&result)
            }
            return result
        }

        private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.bigEndian) { Array($0) }
        }
    }
#endif
