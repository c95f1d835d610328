#!/usr/bin/env bash
# Takes back what deploy/deploy.sh made, given the same settings, in reverse order. What is gone already is passed over,
# and what deploy.sh found there is kept: a topic, an account, a role or a repository without its mark. So are the
# enabled APIs, the quarantined and dead-lettered messages, and the queue of Cloud Tasks.
#
# usage: deploy/destroy.sh --project-id=ID --region=REGION --topic=TOPIC --scopes=projects/ID,... [SETTING...]
#
#   --dry-run        print the commands that would change something, ready to be pasted; look-ups are made
#   --yes            do not ask
#   --with-messages  delete the quarantine and dead-letter topics and their subscriptions as well, and the queue with its
#                    waiting tasks, whose name then stays blocked for days
#
# Exit codes: 0 done, 1 failed (run it again: it goes on from there) or not confirmed, 64 wrong settings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=deploy/lib/all.sh
source deploy/lib/all.sh

confirm() {
    local answer=
    if $dry_run || given --yes; then
        return
    fi
    say "This deletes jitcleanup from the project $PROJECT_ID: the service, its subscriptions (${subscriptions[*]})" \
        "with their waiting messages (whose bindings stay until someone removes them), the accounts and the role."
    if [[ -n $TASK_QUEUE ]] && given --with-messages; then
        count_tasks
        say "Also the queue $TASK_QUEUE with its $waiting_tasks waiting tasks, whose bindings also stay."
    fi
    printf "Type the project's ID to go on: " >&2
    read -r answer || true
    [[ $answer == "$PROJECT_ID" ]] || fail "Nothing was deleted."
}

remove_publisher() {
    remove_binding "$1" roles/pubsub.publisher "pubsub topics" "$2" --project="$PROJECT_ID"
}

# A topic of messages that someone may still want to read.
remove_kept_topic() {
    local topic=$1 keeper
    keeper=$(keeper_of "$topic")
    if given --with-messages; then
        delete_subscription "$keeper"
        delete_topic "$topic" "projects/$PROJECT_ID/subscriptions/$keeper"
    else
        say "Kept: the topic $topic with its messages (--with-messages deletes them)."
    fi
}

destroy() {
    local scope parent name topic
    look_up_project_number
    if [[ -n $AUDIT_LOG ]]; then
        delete_sink
    fi
    for name in "${subscriptions[@]}"; do
        delete_subscription "$name"
    done
    delete_sweep
    # Its run.invoker binding goes with it.
    delete_service
    if [[ -n $TASK_QUEUE ]]; then
        delete_queue
        remove_binding "$runtime_email" roles/iam.serviceAccountUser "iam service-accounts" "$push_email" --project="$PROJECT_ID"
    fi
    if [[ -z $IMAGE ]]; then
        delete_repository
    fi

    for name in "${subscriptions[@]}"; do
        topic=${topic_of[$name]}
        # Whoever gave no role there may not be able to look.
        if [[ $ANNOUNCE == true || $topic == "projects/$PROJECT_ID/"* ]]; then
            remove_publisher "$runtime_email" "$topic"
        fi
        delete_topic "$topic" "projects/$PROJECT_ID/subscriptions/$name"
    done
    if [[ -n $QUARANTINE_TOPIC ]]; then
        remove_publisher "$runtime_email" "$QUARANTINE_TOPIC"
        remove_kept_topic "$QUARANTINE_TOPIC"
    fi
    if [[ -n $DEAD_LETTER_TOPIC ]]; then
        remove_publisher "$pubsub_agent" "$DEAD_LETTER_TOPIC"
        remove_kept_topic "$DEAD_LETTER_TOPIC"
    fi

    for scope in "${scopes[@]}"; do
        with_role_on remove_binding "$scope"
    done
    while IFS= read -r parent; do
        delete_role "$parent"
    done < <(role_parents)
    # Pub/Sub's right to sign for it goes with the push account.
    delete_account "$PUSH_ACCOUNT"
    delete_account "$SERVICE_ACCOUNT"
}

own_flags=(--dry-run --yes --with-messages)
read_arguments "$@"
check_settings
choose_mode
confirm
destroy
summarize
