output "service_url" {
  description = "The address of the service, and the audience of the push tokens."
  value       = local.service_url
}

output "service_account" {
  description = "The account that the service runs as."
  value       = google_service_account.service.email
}

output "push_account" {
  description = "The account whose token Pub/Sub sends."
  value       = google_service_account.push.email
}

output "subscriptions" {
  description = "The push subscriptions, for gcloud pubsub subscriptions seek."
  value       = [for subscription in google_pubsub_subscription.push : subscription.id]
}
