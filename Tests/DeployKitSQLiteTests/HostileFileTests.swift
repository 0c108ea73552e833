// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitSQLite
import DeployKitTesting
import Foundation
import Testing

/// Files that somebody made to deceive, to crash or to hold up whoever opens them.
@Suite struct HostileFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The bytes of a good store, made once.
    private static let good = Task {
        let folder = try TemporaryFolder()
        try await SampleLog.make(at: folder.path("good.sqlite"), count: 60)
        return try Data(contentsOf: URL(filePath: folder.path("good.sqlite")))
    }

    /// What each way to open the file leads to.
    private struct Answers: Hashable, Codable {
        var reading: HostileFile.Answer
        var writing: HostileFile.Answer
    }

    @Test(arguments: HostileFile.all)
    func aHostileFileIsAnsweredInTimeAndLeftAsItIs(_ file: HostileFile) async throws {
        let good = folder.path("good.sqlite")
        try await Self.good.value.write(to: URL(filePath: good))
        var before: [String: [String: Data]] = [:]
        for kind in ["reading", "writing"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(kind),
                withIntermediateDirectories: false
            )
            let path = folder.path(kind + "/store.sqlite")
            try FileManager.default.copyItem(atPath: good, toPath: path)
            try file.spoil(path)
            before[kind] = try Self.contents(of: folder.path(kind))
        }
        let answers = try #require(try await answers(beside: good))
        #expect(answers.reading == file.reading)
        #expect(answers.writing == file.writing)
        for (kind, answer) in [("reading", answers.reading), ("writing", answers.writing)]
        where answer.finding == .refused {
            #expect(try Self.contents(of: folder.path(kind)) == before[kind], "\(kind)")
        }
    }

    /// The bytes of the regular files in a folder, and the names of the others.
    private static func contents(of folder: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = folder + "/" + name
            var status = stat()
            let isFile = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            contents[name] = isFile ? try Data(contentsOf: URL(filePath: path)) : Data()
        }
        return contents
    }

    /// Asks in another process, which ends after ten seconds whatever happens.
    private func answers(beside good: String) async throws -> Answers? {
        let result = folder.path("answers")
        await #expect(processExitsWith: .success) {
            [
                folder = folder.url.path as String, good = good as String,
                result = result as String
            ] in
            alarm(10)
            let auditor = try await Auditor(good)
            let reading = await auditor.judge(folder + "/reading/store.sqlite")
            let path = folder + "/writing/store.sqlite"
            let writing = await auditor.judge(path, access: .readWrite(create: false))
            let answers = Answers(
                reading: .init(finding: reading.finding, code: reading.code?.rawValue),
                writing: .init(finding: writing.finding, code: writing.code?.rawValue)
            )
            try JSONEncoder().encode(answers).write(to: URL(filePath: result))
            guard writing.finding != .refused else { return }
            // Whoever goes on regardless gets an answer as well.
            let store = try await SQLiteAuditStore(path: path)
            let log = AuditLog(store: store, origin: SampleLog.origin)
            _ = await DeployKitSQLiteTests.code { () throws(AuditStoreError) in
                for number in 100..<105 { try await SampleLog.append(number).go(to: log) }
            }
            _ = await DeployKitSQLiteTests.code { () throws(AuditStoreError) in
                _ = try await log.verify()
            }
            for prefix in ["deployment/", "deployment/none", "none"] {
                _ = await DeployKitSQLiteTests.code { () throws(AuditStoreError) in
                    _ = try await store.streams(withPrefix: prefix, before: nil, limit: .max)
                }
            }
            _ = await DeployKitSQLiteTests.code { () throws(AuditStoreError) in
                _ = try await store.blobs(after: nil, limit: .max)
            }
            _ = await DeployKitSQLiteTests.code { () throws(AuditStoreError) in
                try await store.forgetErased()
            }
        }
        guard let data = FileManager.default.contents(atPath: result) else { return nil }
        return try JSONDecoder().decode(Answers.self, from: data)
    }
}
