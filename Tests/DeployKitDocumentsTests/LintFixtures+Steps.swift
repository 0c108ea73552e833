// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

extension PageFixture {
    static let thresholds = [
        PageFixture(
            rule: .thresholdConflict,
            broken: """
                # Ferry
                ## Follow-up
                1. **Boarding Latency**
                   - Alert if p95 >9 seconds ◀
                ## Metrics to Monitor
                1. **Boarding Latency (p95)**
                   - Target: <4000ms
                   - Warning: >6000ms
                   - Critical: >12000ms
                ## Success Criteria
                - [ ] Boarding latency p95 <3 seconds ◀
                """,
            sound: """
                # Ferry
                ## Follow-up
                1. **Boarding Latency**
                   - Alert if p95 >6 seconds
                   - Alert if p99 >20 seconds
                ## Metrics to Monitor
                ### Week 1
                1. **Boarding Latency (p95)**
                   - Target: <4000ms
                   - Warning: >6000ms
                   - Critical: >12000ms
                ### Week 2
                - Boarding latency p95 <2 seconds
                """
        ),
        PageFixture(
            rule: .thresholdConflict,
            broken: """
                # Ferry
                ## Metrics to Monitor
                - **Boarding Success Rate**
                  - Critical: <80%
                ## Rollback Plan
                ### When to Rollback
                - Boarding failure rate >30% ◀
                """,
            sound: """
                # Ferry
                ## Metrics to Monitor
                - **Boarding Success Rate**
                  - Critical: <80%
                ## Rollback Plan
                ### When to Rollback
                - Boarding failure rate >20%
                """
        ),
        PageFixture(
            rule: .thresholdConflict,
            broken: rules(
                """
                      - alert: QueueLong
                        expr: ferry_queue_length > 300 ◀
                """,
                before: "## Key Metrics\n- **Ferry Queue Length**\n  - Critical: >400 cars\n"
            ),
            sound: rules(
                """
                      - alert: QueueLong
                        expr: ferry_queue_length > 400
                """,
                before: "## Key Metrics\n- **Ferry Queue Length**\n  - Critical: >400 cars\n"
            )
        ),
        PageFixture(
            rule: .unreachableBand,
            broken: """
                # Ferry
                ## Metrics to Monitor
                - **Boarding Latency**
                  - Warning: >12000ms ◀
                  - Critical: >6000ms
                """,
            sound: """
                # Ferry
                ## Metrics to Monitor
                - **Boarding Latency**
                  - Warning: >6000ms
                  - Critical: >12000ms
                """
        ),
    ]

    static let steps = [
        PageFixture(
            rule: .outputReadBeforeWritten,
            broken: """
                # Ferry
                ## Deploy
                1. Paint the buoy
                   ```bash
                   # with the ID
                   paint --id "$BUOY_ID" ◀
                   ```
                2. Launch it
                   ```bash
                   BUOY_ID=$(launch --print-id)
                   ```
                """,
            sound: """
                # Ferry
                ## Deploy
                1. Launch the buoy
                   ```bash
                   BUOY_ID=$(launch --print-id)
                   paint --id "$BUOY_ID" --by "$PAINTER"
                   ```
                2. Relaunch it
                   ```bash
                   BUOY_ID=$(launch --print-id)
                   ```
                3. Settle
                   ```bash
                   PAINTER=nobody
                   ```
                """
        ),
        PageFixture(
            rule: .outputReadBeforeWritten,
            broken: """
                # Ferry
                ## Deploy
                - [ ] Paint <!-- deploykit: kind=command effect=reversible --> ◀
                  ```bash
                  paint "$BUOY_ID"
                  ```
                - [ ] Launch <!-- deploykit: capture=BUOY_ID effect=reversible -->
                  ```bash
                  launch
                  ```
                """,
            sound: """
                # Ferry
                ## Deploy
                - [ ] Launch <!-- deploykit: capture=BUOY_ID effect=reversible -->
                  ```bash
                  launch
                  ```
                - [ ] Paint <!-- deploykit: kind=command effect=reversible -->
                  ```bash
                  paint "$BUOY_ID"
                  ```
                """
        ),
        PageFixture(
            rule: .unboundPlaceholder,
            broken: """
                # Ferry
                ## Deploy
                1. Call
                   ```bash
                   # call <nobody>
                   call <quay> ◀
                   ```
                """,
            sound: """
                # Ferry
                ## Deploy
                1. Call
                   ```bash
                   call < quay.txt > log
                   ```
                """
        ),
        PageFixture(
            rule: .secretInCommand,
            broken: """
                # Ferry
                ## Deploy
                1. Call
                   ```bash
                   psql postgres://mate:gullwing@quay/ferry ◀
                   ```
                """,
            sound: """
                # Ferry
                ## Deploy
                1. Call
                   ```bash
                   psql postgres://mate:$PASSWORD@quay/ferry
                   ```
                """
        ),
        PageFixture(
            rule: .levelUnverified,
            broken: """
                # Ferry
                ## Rollback Plan
                ### Level 1: Row back ◀
                1. Row
                """,
            sound: """
                # Ferry
                ## Rollback Plan
                ### Level 1: Row back
                1. Row
                ### Post-Rollback Verification
                1. Count the passengers
                """
        ),
        PageFixture(
            rule: .triggerWithoutMetric,
            broken: """
                # Ferry
                ## Rollback Plan
                ### When to Rollback
                - Late trips >20%
                - Fog ◀
                """,
            sound: """
                # Ferry
                ## Rollback Plan
                ### When to Rollback
                - Late trips >20%
                """
        ),
        PageFixture(
            rule: .irreversibleUngated,
            broken: """
                # Ferry
                ## Deploy
                - [ ] Sail: `./sail away` <!-- deploykit: kind=command effect=irreversible --> ◀
                """,
            sound: """
                # Ferry
                ## Deploy
                - [ ] Sail: `./sail away` <!-- deploykit: kind=command effect=irreversible -->
                ## Sign-Off
                ### Approval
                - [ ] Harbour Master: ________ Date: ______
                """
        ),
        PageFixture(
            rule: .approvalAfterEffect,
            broken: """
                # Ferry
                ## Deploy
                - [ ] Sail: `./sail away` <!-- deploykit: kind=command effect=reversible -->
                ## After
                - [ ] Harbour master approved the trip ◀
                """,
            sound: """
                # Ferry
                ## Before
                - [ ] Harbour master approved the trip
                ## Deploy
                - [ ] Sail: `./sail away` <!-- deploykit: kind=command effect=reversible -->
                """
        ),
    ]
}
