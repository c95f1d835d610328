# shellcheck shell=bash
# The queue of Cloud Tasks in which notices wait for their time.

enqueuer=roles/cloudtasks.enqueuer

# The queue as a command names it, in $queue.
name_queue() {
    queue=("$TASK_QUEUE" --location="$TASK_LOCATION" --project="$PROJECT_ID")
}

look_up_queue() {
    look_up gcloud tasks queues describe "${queue[@]}" '--format=flattened[no-pad]'
}

# The state that is wanted of it, as gcloud describes a queue. A task that is given up is deleted, so none is given up.
wanted_queue() {
    cat <<END
rateLimits.maxConcurrentDispatches: 40
rateLimits.maxDispatchesPerSecond: 20.0
retryConfig.maxAttempts: -1
retryConfig.maxBackoff: 600s
retryConfig.maxDoublings: 6
retryConfig.maxRetryDuration: 0s
retryConfig.minBackoff: 10s
stackdriverLoggingConfig.samplingRatio: 1.0
END
}

# Whether the queue in $found is the service's. It can bear no mark: so one that has neither these settings nor the
# service's account as its enqueuer is someone else's.
is_own_queue() {
    is_as_wanted 2>/dev/null < <(wanted_queue) && return
    look_up_bindings "tasks queues" "${queue[@]}"
    found_line "$enqueuer,serviceAccount:$runtime_email,"
}

ensure_queue() {
    local -a queue settings=(
        --max-dispatches-per-second=20 --max-concurrent-dispatches=40
        --max-attempts=-1 --max-retry-duration=0s
        --min-backoff=10s --max-backoff=600s --max-doublings=6
        # The only trace of a task that never reaches the service.
        --log-sampling-ratio=1.0
    )
    name_queue
    look_up_queue
    if [[ -z $found ]]; then
        change gcloud tasks queues create "${queue[@]}" "${settings[@]}"
    else
        [[ $(found_value state) == RUNNING ]] || warn "The queue $TASK_QUEUE is $(found_value state): its tasks wait" \
            "until 'gcloud tasks queues resume $TASK_QUEUE --location=$TASK_LOCATION'."
        if ! is_as_wanted < <(wanted_queue); then
            is_own_queue || fail \
                "There is a queue $TASK_QUEUE ($TASK_LOCATION) that deploy.sh did not make. Choose another TASK_QUEUE," \
                "or make $runtime_email its $enqueuer: then it is taken over."
            change gcloud tasks queues update "${queue[@]}" "${settings[@]}"
        fi
    fi
    ensure_binding "$runtime_email" "$enqueuer" "tasks queues" "${queue[@]}"
    # Tasks call in the name of the push account: whoever makes them must be allowed to act as it.
    ensure_binding "$runtime_email" roles/iam.serviceAccountUser "iam service-accounts" "$push_email" --project="$PROJECT_ID"
}

# How many tasks wait in it, counted once.
waiting_tasks=
count_tasks() {
    local -a queue
    name_queue
    if [[ -z $waiting_tasks ]]; then
        look_up gcloud tasks list --queue="$TASK_QUEUE" "${queue[@]:1}" --page-size=1000 '--format=value(name)'
        waiting_tasks=$(grep --count . <<<"$found" || true)
    fi
}

# What waits in it is held by nobody else, so it is kept unless the messages are to go, too.
delete_queue() {
    local -a queue
    name_queue
    look_up_queue
    if [[ -z $found ]]; then
        return
    fi
    if ! is_own_queue; then
        say "Kept: the queue $TASK_QUEUE ($TASK_LOCATION), which deploy.sh did not make."
        return
    fi
    count_tasks
    if given --with-messages; then
        # Tasks of another deployment, perhaps.
        look_up_bindings "tasks queues" "${queue[@]}"
        if [[ ${found//"$enqueuer,serviceAccount:$runtime_email,"/} == *"$enqueuer,"* ]]; then
            say "Kept: the queue $TASK_QUEUE, because others may put tasks into it, too:" "$found"
            return
        fi
        say "The queue $TASK_QUEUE is deleted with $waiting_tasks waiting tasks: only a sweep finds their bindings. Its name" \
            "stays reserved for some days."
        change gcloud tasks queues delete "${queue[@]}" --quiet
    else
        say "Kept: the queue $TASK_QUEUE with $waiting_tasks waiting tasks (--with-messages deletes it; its name then stays" \
            "blocked for days). Their calls fail, for at most 31 days, unless you deploy again with the same settings."
        remove_binding "$runtime_email" "$enqueuer" "tasks queues" "${queue[@]}"
    fi
}
