output "released" {
  description = "When each address was released, by the name of its instance; null where it was not."
  value       = { for name, release in alicloud_ecs_public_ip_release.this : name => release.released_at }
}

output "outcomes" {
  description = "The outcome of each release, by the name of its instance."
  value       = { for name, release in alicloud_ecs_public_ip_release.this : name => release.outcome }
}
