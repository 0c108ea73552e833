// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKit

    extension Session {
        /// What contradicts itself in the tables, in sentences.
        func faults() throws(Trouble) -> [String] {
            // A large log takes minutes, and gives nothing meanwhile.
            connection.begin(Patience(.seconds(3600)))
            return try within(.beginReading) { () throws(Trouble) in
                var faults: [String] = []
                for (sql, sentence) in contradictions {
                    var isFound = false
                    try exchange(
                        Request(.once("SELECT (\(sql))::int::bigint"))
                    ) { _, row throws(AuditStoreError) in
                        isFound = try row.integer(0) != 0
                    }
                    if isFound { faults.append(sentence) }
                }
                return faults
            }
        }

        private var contradictions: [(sql: String, sentence: String)] {
            let s = schema.quoted
            return [
                (
                    "(SELECT count(*) FROM \(s).head) <> 1",
                    "the log has not one head"
                ),
                (
                    """
                    SELECT count(*) <> coalesce(max(position) + 1, 0)
                        OR count(*) <> (SELECT max(size) FROM \(s).head) FROM \(s).entry
                    """,
                    "positions have a gap, or end at another one than the head says"
                ),
                (
                    "SELECT count(*) <> coalesce(max(idx) + 1, 0) FROM \(s).node",
                    "tree nodes have a gap"
                ),
                (
                    """
                    EXISTS (SELECT FROM \(s).entry GROUP BY stream
                        HAVING count(*) <> max(revision) + 1)
                    """,
                    "the revisions of a stream have a gap"
                ),
                (
                    """
                    EXISTS (SELECT FROM \(s).batch
                        WHERE first + count > (SELECT max(size) FROM \(s).head))
                    """,
                    "a batch ends past the end of the log"
                ),
                (
                    """
                    EXISTS (\(schema.derivation(from: "\(s).entry"))
                        EXCEPT SELECT name, root, count, first, last FROM \(s).stream)
                    """,
                    "the summary of a stream is missing or wrong"
                ),
                (
                    """
                    EXISTS (SELECT name, root, count, first, last FROM \(s).stream
                        EXCEPT \(schema.derivation(from: "\(s).entry")))
                    """,
                    "there is a summary of a stream that does not exist"
                ),
            ]
        }
    }
#endif
