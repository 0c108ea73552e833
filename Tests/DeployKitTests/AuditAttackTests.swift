// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import DeployKit
    import Testing

    /// The table in SECURITY.md: what an attack on a log is called, by who kept which head.
    @Suite struct AuditAttackTests {
        /// The columns of the table after the first.
        enum Keeping: Int, CaseIterable {
            case nothing
            case headAt60
            case receiptAt85
            case noteAt95
        }

        /// One cell of the table.
        struct Cell: CustomTestStringConvertible, Sendable {
            let attack: Attack
            let keeping: Keeping
            let verdict: VerificationReport.Verdict

            var isFound: Bool { verdict == .diverged || verdict == .invalid }
            var testDescription: String {
                "\(attack.rawValue), \(keeping): \(isFound ? "found" : "NOT FOUND"), \(verdict.rawValue)"
            }
        }

        /// Column titles and rows of the table, read from the document itself.
        static let table: (titles: [String], rows: [(name: String, words: [String])]) = {
            let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
            guard let bytes = try? Program.output(of: ["cat", "/\(root)/SECURITY.md"]) else {
                return ([], [])
            }
            let rows = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                .filter { $0.hasPrefix("| ") }
                .map { row in
                    row.split(separator: "|").map { String($0.drop { $0 == " " }.trimmedEnd) }
                }
            return (
                rows.first ?? [],
                rows.dropFirst().map { (name: $0[0], words: Array($0.dropFirst())) }
            )
        }()

        static let cells: [Cell] = table.rows.flatMap { row -> [Cell] in
            guard let attack = Attack(rawValue: row.name) else { return [] }
            return zip(Keeping.allCases, row.words).compactMap { keeping, word in
                VerificationReport.Verdict(rawValue: word).map {
                    Cell(attack: attack, keeping: keeping, verdict: $0)
                }
            }
        }

        @Test func theTableHasEveryAttackAndNoOther() {
            #expect(Self.table.titles.count == 5)
            #expect(Self.table.rows.map(\.name) == Attack.allCases.map(\.rawValue))
            #expect(Self.cells.count == Attack.allCases.count * Keeping.allCases.count)
        }

        @Test(arguments: cells.filter { $0.isFound })
        func anAttackOnWhatAKeptHeadCoversIsFound(cell: Cell) async throws {
            #expect(try await verdict(cell) == cell.verdict)
        }

        @Test(arguments: cells.filter { !$0.isFound && !$0.attack.isHonest })
        func anAttackOnWhatNoKeptHeadCoversIsNotFound(cell: Cell) async throws {
            #expect(try await verdict(cell) == cell.verdict)
        }

        /// Whoever holds a receipt of what was lost has not accepted the loss.
        @Test(arguments: cells.filter { $0.attack.isHonest && $0.keeping != .receiptAt85 })
        func whatIsOnRecordAndAcceptedIsNoAttack(cell: Cell) async throws {
            #expect(!cell.isFound)
            #expect(try await verdict(cell) == cell.verdict)
        }

        private func verdict(_ cell: Cell) async throws -> VerificationReport.Verdict {
            let store = try await #require(Self.stores[cell.attack]).value
            let log = AuditLog(store: store, origin: "unused")
            let anchors: [LogHead]
            switch cell.keeping {
            case .nothing: anchors = []
            case .headAt60: anchors = [try await Self.head(60)]
            case .receiptAt85: anchors = [try await Self.head(85)]
            case .noteAt95: anchors = try await Self.note(cell.attack, of: log)
            }
            let report = try await log.verify(against: anchors)
            if cell.verdict != .invalid { #expect(report.faults == []) }
            let gates = try await Deployments(store: store).gateFaults(at: report.gates)
            return gates.isEmpty ? report.verdict : .invalid
        }

        /// What the machine kept of the log, which it knows by its names.
        private static func note(_ attack: Attack, of log: AuditLog) async throws -> [LogHead] {
            switch attack {
            case .acceptRecovery:
                return [try await Self.head(65), try await log.head()]
            case .goBackBehindRecovery:
                let store = try await #require(stores[.acceptRecovery]).value
                return [
                    try await Self.head(65), try await AuditLog(store: store, origin: "").head(),
                ]
            default:
                let note = try await Self.head(95)
                let names = LogEpoch.base(of: try await log.head().origin)
                return LogEpoch.base(of: note.origin) == names ? [note] : []
            }
        }

        /// Read by every cell of a row, written by none.
        private static let stores = Dictionary(
            uniqueKeysWithValues: Attack.allCases.map { attack in
                (attack, Task { try await attack.store() })
            }
        )

        private static let honest = Task {
            try await ForgedEvent.log(of: Attack.history, origin: Attack.origin)
        }

        /// The head of the honest log when it had so many entries.
        private static func head(_ size: Int) async throws -> LogHead {
            let nodes = try await honest.value.nodes(at: MerkleTree.Frontier.indexes(ofSize: size))
            let frontier = try #require(MerkleTree.Frontier(size: size, roots: nodes))
            return LogHead(origin: Attack.origin, size: size, root: frontier.root)
        }
    }

    extension Substring {
        fileprivate var trimmedEnd: Substring {
            var text = self
            while text.last == " " { text.removeLast() }
            return text
        }
    }
#endif
