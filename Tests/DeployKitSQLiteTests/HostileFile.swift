// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Foundation
import Testing

/// A file that somebody hands over as a store, and what a reader and a writer must learn of it.
struct HostileFile: Sendable, CustomTestStringConvertible {
    /// What is learned, and the code where it is a refusal.
    struct Answer: Hashable, Codable, Sendable {
        var finding: Finding
        var code: String?

        static func refused(_ code: AuditStoreError.Code) -> Self {
            Self(finding: .refused, code: code.rawValue)
        }
        static let told = Self(finding: .told)
        static let hashed = Self(finding: .hashed)
        static let identical = Self(finding: .identical)
    }

    let name: String
    let reading: Answer
    let writing: Answer
    /// Changes the good store at this path.
    let spoil: @Sendable (String) throws -> Void

    var testDescription: String { name }

    init(
        _ name: String,
        _ answer: Answer,
        writing: Answer? = nil,
        _ spoil: @escaping @Sendable (String) throws -> Void
    ) {
        self.name = name
        reading = answer
        self.writing = writing ?? answer
        self.spoil = spoil
    }

    /// A statement by any program that opens the file.
    static func sql(
        _ name: String,
        _ answer: Answer,
        writing: Answer? = nil,
        _ sql: String
    ) -> Self {
        Self(name, answer, writing: writing) { path in
            let raw = try RawDatabase(path)
            try #require(raw.run(sql) == nil)
        }
    }

    /// A statement by somebody who takes all rules out of the file for its time: types,
    /// constraints and triggers are as before afterwards, and the rows are not.
    static func rows(_ name: String, _ answer: Answer, _ sql: String) -> Self {
        Self(name, answer) { path in
            let raw = try RawDatabase(path)
            for step in [
                "ATTACH '\(path)-kept' AS kept",
                "CREATE TABLE kept.part AS SELECT * FROM main.sqlite_schema",
                "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON",
                "PRAGMA writable_schema = ON",
                "DELETE FROM sqlite_schema WHERE type = 'trigger'",
                """
                UPDATE sqlite_schema
                SET sql = replace(replace(sql, ' NOT NULL', ''), ') STRICT', ')')
                WHERE type = 'table'
                """,
                "PRAGMA writable_schema = RESET", sql, "PRAGMA writable_schema = ON",
                """
                UPDATE sqlite_master
                SET sql = (SELECT sql FROM kept.part WHERE part.name = sqlite_master.name)
                WHERE type = 'table'
                """,
                "INSERT INTO sqlite_schema SELECT * FROM kept.part WHERE type = 'trigger'",
            ] { try #require(raw.run(step) == nil, "\(step)") }
            try FileManager.default.removeItem(atPath: path + "-kept")
        }
    }

    /// A change of the declarations behind SQLite's back.
    static func schema(_ name: String, _ answer: Answer, _ sql: String) -> Self {
        .sql(name, answer, "PRAGMA writable_schema = ON; " + sql)
    }

    /// Other bytes at one place of the file.
    static func bytes(
        _ name: String,
        _ answer: Answer,
        writing: Answer? = nil,
        at place: Int,
        _ bytes: [UInt8]
    ) -> Self {
        Self(name, answer, writing: writing) { path in
            var data = try Data(contentsOf: URL(filePath: path))
            data.replaceSubrange(place..<place + bytes.count, with: bytes)
            try data.write(to: URL(filePath: path))
        }
    }

    /// Something else in place of the file.
    static func instead(
        _ name: String,
        _ answer: Answer,
        writing: Answer? = nil,
        _ make: @escaping @Sendable (String) throws -> Void
    ) -> Self {
        Self(name, answer, writing: writing) { path in
            try FileManager.default.removeItem(atPath: path)
            try make(path)
        }
    }

    /// Something of this name beside the file.
    static func beside(
        _ suffix: String,
        _ name: String,
        _ answer: Answer,
        writing: Answer? = nil,
        _ make: @escaping @Sendable (String) throws -> Void
    ) -> Self {
        Self(name, answer, writing: writing) { path in
            try? FileManager.default.removeItem(atPath: path + suffix)
            try make(path + suffix)
        }
    }
}
