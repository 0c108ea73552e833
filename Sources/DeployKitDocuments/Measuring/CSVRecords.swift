// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// Reads comma-separated values (RFC 4180), with lines that end in LF or CRLF.
enum CSVRecords {
    struct Record {
        var fields: [String]
        var line: Int
    }

    /// The records; lines without any character are passed over.
    ///
    /// - Throws: ``AnswerError``, kind `parse`, with the line.
    static func read(_ text: String) throws(AnswerError) -> [Record] {
        var records: [Record] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var (line, start) = (1, 1)
        var isQuoted = false
        var wasQuoted = false
        let bytes = Array(text.utf8)
        var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

        func endRecord() {
            fields.append(String(decoding: field, as: UTF8.self))
            if fields != [""] || wasQuoted { records.append(Record(fields: fields, line: start)) }
            (fields, field, wasQuoted) = ([], [], false)
        }

        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if isQuoted {
                if byte != UInt8(ascii: "\"") {
                    field.append(byte)
                } else if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                    field.append(byte)
                    index += 1
                } else {
                    isQuoted = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""):
                guard field.isEmpty, !wasQuoted else {
                    throw AnswerError(.parse, "a quote stands inside a field", line: line)
                }
                (isQuoted, wasQuoted) = (true, true)
            case UInt8(ascii: ","):
                fields.append(String(decoding: field, as: UTF8.self))
                (field, wasQuoted) = ([], false)
            case UInt8(ascii: "\r") where index < bytes.count && bytes[index] == 0x0A: break
            case UInt8(ascii: "\n"):
                endRecord()
                start = line
            default:
                guard !wasQuoted else {
                    throw AnswerError(.parse, "something follows a quoted field", line: line)
                }
                field.append(byte)
            }
            if records.count > MeasurementTable.mostRows {
                throw AnswerError(
                    .parse,
                    "more than \(MeasurementTable.mostRows) lines",
                    line: line
                )
            }
        }
        guard !isQuoted else { throw AnswerError(.parse, "a quoted field has no end", line: start) }
        if !field.isEmpty || !fields.isEmpty || wasQuoted { endRecord() }
        return records
    }
}
