#!/usr/bin/env bash
# Puts jitcleanup into a Google Cloud project: accounts, the custom role, the image, the Cloud Run service and its push
# subscriptions. It looks first and changes only what is missing or different, so it can be run at any time; a second
# run changes nothing.
#
# usage: deploy/deploy.sh --project-id=ID --region=REGION --topic=TOPIC --scopes=projects/ID,... [SETTING...]
#        deploy/deploy.sh --project-id=ID --region=REGION --audit-log=organizations/N --titles=... --scopes=... [SETTING...]
#
# Choose one trigger. --topic brings the grants of JIT Access. --audit-log brings every temporary grant, whoever made it:
# a log sink publishes the changes of IAM policies to a topic of its own, and a message transform drops those that add no
# conditional binding. With both, each grant of JIT Access costs two notices and one write.
#
# A notice that waits is refused every ten minutes, and that of a grant of months thousands of times. With --task-queue it
# waits in Cloud Tasks instead and costs nothing meanwhile: set --task-queue for grants of months, and for many at once.
#
# What no notice announces, a sweep finds: --sweep-schedule='0 3 * * *' --sweep-under=SCOPE,... starts one every night.
#
#   --dry-run        print the commands that would change something, ready to be pasted; look-ups are made, if
#                    someone is logged in
#   --offline        with --dry-run: ask Google nothing, as if nothing existed yet
#   --rebuild        build the image even if its sources have not changed (for the base images' security updates)
#   --set NAME=VALUE a further setting of the service, such as MAX_CONNECTIONS=200, or DRY_RUN=true for a careful start
#
# For an upgrade run it again, from the new version's sources. `gcloud run deploy --image` alone keeps the service's
# variables: with CLEANUP_SCOPE=activation among them the new revision refuses to start, and the old one goes on
# serving. This script drops that variable.
#
# Exit codes: 0 done, 1 failed (run it again: it goes on from there), 64 wrong settings, all of them reported.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=deploy/lib/all.sh
source deploy/lib/all.sh

needed_apis() {
    printf '%s\n' cloudresourcemanager iam pubsub run ${AUDIT_LOG:+logging} ${TASK_QUEUE:+cloudtasks} \
        ${SWEEP_SCHEDULE:+cloudscheduler}
    if [[ -z $IMAGE ]]; then
        printf '%s\n' artifactregistry
        [[ $BUILDER == docker ]] || printf '%s\n' cloudbuild
    fi
}

# Roles that Pub/Sub's own account and the service need on the topics.
ensure_topic_access() {
    if [[ -n $PUBSUB_TOPIC_NAME ]]; then
        ensure_publisher "$runtime_email" "$PUBSUB_TOPIC_NAME"
    fi
    if [[ -n $QUARANTINE_TOPIC ]]; then
        ensure_kept_topic "$QUARANTINE_TOPIC"
        ensure_publisher "$runtime_email" "$QUARANTINE_TOPIC"
    fi
    if [[ -n $DEAD_LETTER_TOPIC ]]; then
        ensure_kept_topic "$DEAD_LETTER_TOPIC"
        ensure_publisher "$pubsub_agent" "$DEAD_LETTER_TOPIC"
    fi
}

ensure_publisher() {
    ensure_binding "$1" roles/pubsub.publisher "pubsub topics" "$2" --project="$PROJECT_ID"
}

deploy() {
    local parent scope name
    local -a apis
    mapfile -t apis < <(needed_apis)
    enable_apis "${apis[@]}"
    look_up_project_number
    for name in "${subscriptions[@]}"; do
        check_subscription "$name"
    done

    ensure_account "$SERVICE_ACCOUNT" "jitcleanup: the service"
    ensure_account "$PUSH_ACCOUNT" "jitcleanup: pushes of Pub/Sub"
    while IFS= read -r parent; do
        ensure_role "$parent"
    done < <(role_parents)
    for scope in "${scopes[@]}"; do
        with_role_on ensure_binding "$scope"
    done
    ensure_token_creator

    for name in "${subscriptions[@]}"; do
        ensure_topic "${topic_of[$name]}"
    done
    ensure_topic_access
    if [[ -n $TASK_QUEUE ]]; then
        ensure_queue
    fi
    ensure_image
    ensure_service
    ensure_binding "$push_email" roles/run.invoker "run services" "$SERVICE" \
        --project="$PROJECT_ID" --region="$REGION"
    # Last, so that the first push finds everything in its place.
    for name in "${subscriptions[@]}"; do
        ensure_subscription "$name"
        if [[ -n $DEAD_LETTER_TOPIC ]]; then
            ensure_binding "$pubsub_agent" roles/pubsub.subscriber "pubsub subscriptions" "$name" --project="$PROJECT_ID"
        fi
    done
    if [[ -n $AUDIT_LOG ]]; then
        ensure_sink
    fi
    if [[ -n $SWEEP_SCHEDULE ]]; then
        ensure_sweep
    else
        delete_sweep
    fi
}

own_flags=(--dry-run --offline --rebuild)
may_be_offline=true
read_arguments "$@"
check_deployment
check_settings
warn_of_settings
choose_mode
deploy
summarize
