# The queue of Cloud Tasks in which notices wait for their time.

resource "google_cloud_tasks_queue" "notices" {
  count = var.task_queue == null ? 0 : 1

  project  = var.project_id
  location = local.task_location
  name     = var.task_queue

  rate_limits {
    max_dispatches_per_second = 20
    max_concurrent_dispatches = 40
  }

  # A task that is given up is deleted, so none is given up.
  retry_config {
    max_attempts       = -1
    max_retry_duration = "0s"
    min_backoff        = "10s"
    max_backoff        = "600s"
    max_doublings      = 6
  }

  # The only trace of a task that never reaches the service.
  stackdriver_logging_config {
    sampling_ratio = 1
  }

  depends_on = [google_project_service.needed]
}

resource "google_cloud_tasks_queue_iam_member" "service" {
  count = length(google_cloud_tasks_queue.notices)

  project  = var.project_id
  location = local.task_location
  name     = google_cloud_tasks_queue.notices[count.index].name
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.service.member
}

# Tasks call in the name of the push account: whoever makes them must be allowed to act as it.
resource "google_service_account_iam_member" "tasks" {
  count = var.task_queue == null ? 0 : 1

  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.service.member
}
