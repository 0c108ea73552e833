// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    extension StoreSchema {
        /// One thing that the server's catalogues say of the schema.
        struct Part: Hashable {
            let kind: String
            let name: String
            let detail: String
        }

        /// What a schema of the current version holds.
        ///
        /// Columns with their types, of tables alone: a view in the place of a table would serve
        /// rows that nobody wrote. Functions with their text; triggers that are on.
        var parts: Set<Part> {
            var parts: Set<Part> = []
            for (table, columns) in Self.columns {
                for column in columns.split(separator: " ") {
                    let words = column.split(separator: ":")
                    parts.insert(
                        Part(
                            kind: "column",
                            name: "\(table).\(words[0])",
                            detail: words.count > 1 ? String(words[1]) : "bytea"
                        )
                    )
                }
            }
            for function in functions {
                parts.insert(
                    Part(kind: "function", name: function.name, detail: "owner\(function.body)")
                )
            }
            for trigger in triggers {
                parts.insert(
                    Part(
                        kind: "trigger",
                        name: "\(trigger.table).\(trigger.name)",
                        detail: trigger.function
                    )
                )
            }
            return parts
        }

        private static let columns = [
            "store": "format:text version:bigint",
            "head": "id:boolean size:bigint lock:boolean",
            "entry": "position:bigint stream revision:bigint header salt body",
            "node": "idx:bigint hash",
            "blob": "digest salt bytes",
            "batch": "first:bigint count:bigint key",
            "stream": "name root count:bigint first:bigint last:bigint",
        ]

        /// Asks the catalogues for the same.
        var inspection: Query {
            .once(
                """
                SELECT 'column', c.relname || '.' || a.attname,
                    CASE WHEN c.relkind = 'r' THEN format_type(a.atttypid, a.atttypmod)
                        ELSE c.relkind::text END
                FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = '\(quoted)'::regnamespace
                    AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
                    AND a.attnum > 0 AND NOT a.attisdropped
                UNION ALL
                SELECT 'function', proname::text,
                    CASE WHEN prosecdef THEN 'owner' ELSE 'caller' END || prosrc
                FROM pg_catalog.pg_proc WHERE pronamespace = '\(quoted)'::regnamespace
                UNION ALL
                SELECT 'trigger', c.relname || '.' || t.tgname,
                    CASE WHEN t.tgenabled IN ('O', 'A') THEN p.proname::text ELSE 'off' END
                FROM pg_catalog.pg_trigger t
                JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
                JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                WHERE c.relnamespace = '\(quoted)'::regnamespace AND NOT t.tgisinternal
                UNION ALL
                SELECT 'rule', c.relname || '.' || r.rulename, ''
                FROM pg_catalog.pg_rewrite r
                JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
                WHERE c.relnamespace = '\(quoted)'::regnamespace
                """
            )
        }

        /// The rights of a role, in statements; `role` as it stands in statements.
        func grants(_ right: PostgresAuditStore.Right, to role: String) -> [String] {
            var grants = [
                "GRANT USAGE ON SCHEMA \(quoted) TO \(role)",
                "GRANT SELECT ON ALL TABLES IN SCHEMA \(quoted) TO \(role)",
            ]
            if right == .write {
                for table in ["entry", "node", "blob", "batch"] {
                    grants.append("GRANT INSERT ON \(quoted).\(table) TO \(role)")
                }
                grants.append("GRANT UPDATE (lock) ON \(quoted).head TO \(role)")
                grants.append("GRANT EXECUTE ON FUNCTION \(quoted).erase(bytea[]) TO \(role)")
            }
            return grants
        }
    }
#endif
