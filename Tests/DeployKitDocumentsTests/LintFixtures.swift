// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Testing

/// A page that breaks a rule on the lines that end with `◀`, and one that comes close and does not.
struct PageFixture: CustomTestStringConvertible, Sendable {
    let rule: LintRule
    let broken: String
    let sound: String

    var testDescription: String { rule.name }

    /// The page as it is read: without the marks.
    var page: String { broken.replacing(" ◀", with: "") }

    /// The lines that the marks stand on.
    var lines: [Int] {
        broken.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $1.hasSuffix("◀") }.map { $0.offset + 1 }
    }

    /// A page of Prometheus rules, each an expression with lines beside it.
    static func rules(_ text: String, before: String = "") -> String {
        "# Ferry\n\(before)\n## Alerts\n```yaml\ngroups:\n  - name: ferry\n    rules:\n\(text)\n```\n"
    }

    static let all: [PageFixture] = ratios + alerts + thresholds + steps

    private static let formula = """
        ## Metrics to Monitor
        1. **Ticket Sale Success Rate**
           ```
           ferry.ticket.sold / (ferry.ticket.sold + ferry.ticket.refused)
           ```
           - Critical: <80%
        """

    private static let ratios = [
        PageFixture(
            rule: .ratioMismatch,
            broken: rules(
                """
                      - alert: Refused
                        expr: sum(rate(ferry_ticket_refused_total[5m])) / sum(rate(ferry_ticket_sold_total[5m])) > 0.2 ◀
                """,
                before: formula
            ),
            sound: rules(
                """
                      - alert: Refused
                        expr: sum(rate(ferry_ticket_refused_total[5m])) / sum(rate(ferry_ticket_sold_total[5m])) > 0.25
                      - alert: RefusedOfAll
                        expr: sum(rate(ferry_ticket_refused_total[5m])) / (sum(rate(ferry_ticket_refused_total[5m])) + sum(rate(ferry_ticket_sold_total[5m]))) > 0.2
                """,
                before: formula
            )
        ),
        PageFixture(
            rule: .ratioMismatch,
            broken: rules(
                """
                      - alert: Failing
                        expr: increase(boarding_failed_total[1h]) / increase(boarding_success_total[1h]) >= 0.1 ◀
                """,
                before: "## Rollback\n### When to Rollback\n- Boarding failure rate >10%\n"
            ),
            sound: rules(
                """
                      - alert: Failing
                        expr: increase(boarding_failed_total[1h]) / increase(boarding_requests_total[1h]) >= 0.1
                """,
                before: "## Rollback\n### When to Rollback\n- Boarding failure rate >10%\n"
            )
        ),
        PageFixture(
            rule: .labelMismatch,
            broken: rules(
                """
                      - alert: Late
                        expr: rate(ferry_late_total[5m]) / rate(ferry_trips_total[5m]) > 0.5 ◀
                      - alert: LateInFog
                        expr: |
                          sum by (quay) (ferry_late_total{cause="fog"}) ◀
                            > sum by (ship) (ferry_trips_total)
                """
            ),
            sound: rules(
                """
                      - alert: Late
                        expr: sum(rate(ferry_late_total[5m])) / sum(rate(ferry_trips_total[5m])) > 0.5
                      - alert: LateInFog
                        expr: ferry_late_total{cause="fog"} / ignoring(cause) ferry_trips_total > 0.5
                      - alert: LatePerQuay
                        expr: sum by (quay) (ferry_late_total) / sum by (quay) (ferry_trips_total) > 1
                """
            )
        ),
        PageFixture(
            rule: .divisionByZero,
            broken: rules(
                """
                      - alert: Lost
                        expr: sum(rate(luggage_lost_total[5m])) / sum(rate(luggage_found_total[5m])) > 1 ◀
                """
            ),
            sound: rules(
                """
                      - alert: LostOfAll
                        expr: sum(rate(luggage_lost_total[5m])) / (sum(rate(luggage_lost_total[5m])) + sum(rate(luggage_found_total[5m]))) > 0.5
                      - alert: LostWithTraffic
                        expr: sum(rate(luggage_lost_total[5m])) / sum(rate(luggage_found_total[5m])) > 1 and sum(rate(luggage_found_total[5m])) > 0
                      - alert: LostOfRequests
                        expr: sum(rate(luggage_lost_total[5m])) / sum(rate(luggage_requests_total[5m])) > 1
                """
            )
        ),
    ]

    private static let alerts = [
        PageFixture(
            rule: .counterBirth,
            broken: rules(
                """
                      - alert: Overboard
                        expr: increase(ferry_overboard_total{deck="upper"}[5m]) > 0 ◀
                      - alert: OverboardToo
                        expr: 'sum(rate(ferry_overboard_total[5m])) != 0' ◀
                """
            ),
            sound: rules(
                """
                      - alert: Overboard
                        expr: increase(ferry_overboard_total[5m]) > 3
                      - alert: OverboardBorn
                        expr: (ferry_overboard_total unless ferry_overboard_total offset 5m) > 0 or increase(ferry_overboard_total[5m]) > 0
                      - alert: Up
                        expr: ferry_up > 0
                """
            )
        ),
        PageFixture(
            rule: .severityMismatch,
            broken: rules(
                """
                      - alert: QueueLong
                        expr: ferry_queue_length{quay="north"} > 400
                        for: 10m
                        labels:
                          severity: warning ◀
                """,
                before:
                    "## Key Metrics\n- **Ferry Queue Length**\n  - Warning: >100 cars\n  - Critical: >400 cars\n"
            ),
            sound: rules(
                """
                      - alert: QueueLong
                        expr: ferry_queue_length{quay="north"} > 400
                        labels:
                          severity: page
                      - alert: QueueGrows
                        expr: ferry_queue_length{quay="north"} > 100
                        labels:
                          severity: warning
                """,
                before:
                    "## Key Metrics\n- **Ferry Queue Length**\n  - Warning: >100 cars\n  - Critical: >400 cars\n"
            )
        ),
        PageFixture(
            rule: .metricNaming,
            broken: rules(
                """
                      - alert: Refused
                        expr: sum(rate(ferry_ticket_refused[5m])) > 5 ◀
                """,
                before: """
                    ## Metrics to Monitor
                    1. **Boarding time**
                       ```
                       p95(ferry.boarding.duration_ms) ◀
                       ```
                    """
            ),
            sound: """
                # Ferry
                ## Metrics to Monitor
                1. **Boarding time**
                   ```
                   p95(ferry.boarding.duration_ms)
                   ```
                """
        ),
    ]
}
