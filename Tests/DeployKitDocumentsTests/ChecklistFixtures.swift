// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// Reads a text as a checklist.
func read(_ text: String) throws -> ChecklistDocument {
    try ChecklistDocument(markdown: Array(text.utf8))
}

/// A document with most of what checklists hold.
let ferryChecklist = """
    # Ferry booking

    **Release date:** ____

    ## Pre-Deployment

    ### Code ✅
    - [x] Linter is quiet: `npm run lint`
    - [ ] Timetables agree
      - [ ] Summer
      - [ ] Winter (if it was published)

    ## Testnet Deployment

    **Timing:** before the first ferry

    ### Contracts
    1. [ ] Build the contract
       ```bash
       # Expected: one file
       make wasm
       ```
    2. [ ] **Ticket Contract** → Save Contract ID
    3. [ ] Optional: tell the harbour

    ## Mainnet Deployment

    1. **Move the Schema**
       ```sql
       -- Should be 7
       SELECT max(version) FROM migrations;
       ```
    2. **Restart**
       ```bash
       ssh <quay-host> systemctl restart ferry
       ```

    ## Post-Deployment

    ### First 24 Hours
    - [ ] Monitor the queue every hour

    ## Success Metrics
    1. **Booking success rate**
       - Target: >95%
       - Warning: <90%
       - Critical: <80%

    ## Rollback Plan

    ### When to Rollback
    - Booking failure rate >20%
    - Ferries leave empty

    ### Level 1: Stop the booking service (Safe)
    ```bash
    # Take the service away
    systemctl stop booking
    # Verify that phones still ring
    curl http://localhost/phones
    ```

    ### Level 2: Restore the schedule (High Impact)
    1. [ ] Restore the backup
    2. [ ] Call the harbour (if it is day)

    ## Sign-Off

    ### Crew
    - [ ] Harbour Master: ____________ Date: ______

    ### Approval
    - [ ] Ship Owner: ******\\_\\_\\_****** Date: **\\_\\_\\_**

    ### Post-Deployment Review
    - [ ] Logbook archived: ____________ Date: ______

    ## Notes

    ### Contract Addresses
    - Testnet: ____________
    - Mainnet: ____________

    ## Quick Reference

    ### Look at the queue
    ```bash
    ferryctl queue
    ```

    ### Emergency Contacts
    - **Harbour**: ____________

    """
