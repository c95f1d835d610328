# shellcheck shell=bash
# Topics and subscriptions.

label=managed-by=jitcleanup
longest_retention=2678400s
# In seconds. Whoever puts kept messages back acknowledges them when all are back.
longest_deadline=600
# Before a message is a dead letter. Young notices and outages are refused, too: the most that Pub/Sub takes.
most_deliveries=100

look_up_topic() {
    look_up gcloud pubsub topics describe "$1" --project="$PROJECT_ID" '--format=flattened[no-pad]'
}

look_up_subscription() {
    look_up gcloud pubsub subscriptions describe "$1" --project="$PROJECT_ID" '--format=flattened[no-pad]'
}

ensure_topic() {
    look_up_topic "$1"
    if [[ -z $found ]]; then
        change gcloud pubsub topics create "$1" --project="$PROJECT_ID" --labels="$label"
    fi
}

# The name of the subscription that keeps what goes to a topic.
keeper_of() {
    printf '%s' "${1##*/}"
}

# A topic keeps nothing by itself: its messages wait in a subscription of the same name, as long as Pub/Sub allows.
ensure_kept_topic() {
    local topic=$1 keeper
    keeper=$(keeper_of "$topic")
    ensure_topic "$topic"
    look_up_subscription "$keeper"
    if [[ -z $found ]]; then
        change gcloud pubsub subscriptions create "$keeper" --project="$PROJECT_ID" --topic="$topic" \
            --message-retention-duration="$longest_retention" --expiration-period=never \
            --ack-deadline="$longest_deadline" --labels="$label"
    elif [[ $(found_value topic) != "$topic" ]]; then
        fail "The subscription $keeper is there, but for $(found_value topic), not for $topic."
    elif [[ $(found_value messageRetentionDuration) != "$longest_retention" ]] \
        || [[ $(found_value ackDeadlineSeconds) != "$longest_deadline" ]] \
        || [[ -n $(found_value expirationPolicy.ttl) ]]; then
        change gcloud pubsub subscriptions update "$keeper" --project="$PROJECT_ID" \
            --message-retention-duration="$longest_retention" --expiration-period=never \
            --ack-deadline="$longest_deadline"
    fi
}

# Each push subscription as it was before, if it was there.
declare -A subscription_before=()

# What cannot be changed about a subscription that is there already. Asked before anything else is done.
check_subscription() {
    local name=$1 advice topic=${topic_of[$1]}
    look_up_subscription "$name"
    subscription_before[$name]=$found
    if [[ -z $found ]]; then
        return
    fi
    advice="Give it another name (SUBSCRIPTION), or delete it first; a snapshot carries its messages over."
    [[ $(found_value topic) == "$topic" ]] \
        || fail "The subscription $name is for the topic $(found_value topic), not for $topic." "$advice"
    [[ $(found_value filter) == "$MESSAGE_FILTER" ]] || fail \
        "The subscription $name has the filter '$(found_value filter)', not '$MESSAGE_FILTER'." \
        "The filter of a subscription can never be changed. $advice"
    [[ $(found_value enableMessageOrdering) != [Tt]rue ]] || fail \
        "The subscription $name has message ordering: one waiting message would block all after it. $advice"
}

# The state that is wanted of one, as gcloud describes a subscription.
wanted_subscription() {
    cat <<END
ackDeadlineSeconds: $ACK_DEADLINE
expirationPolicy.ttl: 
messageRetentionDuration: ${MESSAGE_RETENTION_SECONDS}s
pushConfig.oidcToken.audience: $service_url
pushConfig.oidcToken.serviceAccountEmail: $push_email
pushConfig.pushEndpoint: $service_url/push
pushConfig.noWrapper: 
pushConfig.noWrapper.writeMetadata: 
retainAckedMessages: true
retryPolicy.maximumBackoff: ${MAX_RETRY_DELAY}s
retryPolicy.minimumBackoff: ${MIN_RETRY_DELAY}s
deadLetterPolicy.deadLetterTopic: $DEAD_LETTER_TOPIC
deadLetterPolicy.maxDeliveryAttempts: ${DEAD_LETTER_TOPIC:+$most_deliveries}
END
    [[ $1 != "$audit_name" ]] || wanted_transform
}

# Whether what is in $found has the values that are read. gcloud prints "True" for some versions' true, {} for an empty
# object, and nothing for some times of zero.
is_as_wanted() {
    local line key wanted actual
    while IFS= read -r line; do
        key=${line%%: *}
        wanted=${line#*: }
        actual=$(found_value "$key")
        [[ $actual != True ]] || actual=true
        [[ $actual != "{}" ]] || actual=
        if [[ ${actual:-0s} != "${wanted:-0s}" ]]; then
            # The message transform is long.
            say "  $key is '${actual:0:200}', to be '${wanted:0:200}'"
            return 1
        fi
    done
}

ensure_subscription() {
    local name=$1
    # Both retry delays each time: an update with one gives the other its default.
    local -a settings=(
        --push-endpoint="$service_url/push"
        --push-auth-service-account="$push_email"
        # The service compares it byte for byte; the default would be the whole push endpoint.
        --push-auth-token-audience="$service_url"
        --ack-deadline="$ACK_DEADLINE"
        --min-retry-delay="${MIN_RETRY_DELAY}s" --max-retry-delay="${MAX_RETRY_DELAY}s"
        --message-retention-duration="${MESSAGE_RETENTION_SECONDS}s" --retain-acked-messages
    )
    if [[ -n $DEAD_LETTER_TOPIC ]]; then
        settings+=(--dead-letter-topic="$DEAD_LETTER_TOPIC" --max-delivery-attempts="$most_deliveries")
    fi
    if [[ $name == "$audit_name" ]]; then
        settings+=(--message-transforms-file=/dev/stdin)
        transforms_file >"$scratch/transforms.yaml"
        input=$scratch/transforms.yaml
    fi
    found=${subscription_before[$name]}
    if [[ -z $found ]]; then
        change gcloud pubsub subscriptions create "$name" --project="$PROJECT_ID" --topic="${topic_of[$name]}" \
            "${settings[@]}" --expiration-period=never ${MESSAGE_FILTER:+"--message-filter=$MESSAGE_FILTER"} --labels="$label"
    elif ! is_as_wanted < <(wanted_subscription "$name"); then
        update_subscription "$name" "${settings[@]}"
    fi
    input=/dev/null
}

# Updates the subscription in $found.
update_subscription() {
    local name=$1
    shift
    local -a settings=("$@")
    # It would expire after so long without an activation.
    if [[ -n $(found_value expirationPolicy.ttl) ]]; then
        settings+=(--expiration-period=never)
    fi
    if [[ -z $DEAD_LETTER_TOPIC && -n $(found_value deadLetterPolicy.deadLetterTopic) ]]; then
        settings+=(--clear-dead-letter-policy)
    fi
    if grep --quiet '^pushConfig.noWrapper' <<<"$found"; then
        settings+=(--clear-push-no-wrapper-config)
    fi
    change gcloud pubsub subscriptions update "$name" --project="$PROJECT_ID" "${settings[@]}"
}

delete_subscription() {
    look_up_subscription "$1"
    if [[ -n $found ]]; then
        change gcloud pubsub subscriptions delete "$1" --project="$PROJECT_ID"
    fi
}

# Deletes a topic that deploy.sh made, unless someone else listens to it by now.
delete_topic() {
    local topic=$1 own=$2
    look_up_topic "$topic"
    if [[ -z $found ]]; then
        return
    fi
    if [[ $(found_value "labels.${label%%=*}") != "${label#*=}" ]]; then
        say "Kept: the topic $topic, which deploy.sh did not make."
        return
    fi
    look_up gcloud pubsub topics list-subscriptions "$topic" --project="$PROJECT_ID" '--format=value(.)'
    # In a dry run the own subscription is still there.
    if grep --quiet --invert-match --line-regexp --fixed-strings --regexp="$own" --regexp='' <<<"$found"; then
        say "Kept: the topic $topic, because it has subscriptions:" "$found"
        return
    fi
    change gcloud pubsub topics delete "$topic" --project="$PROJECT_ID"
}
