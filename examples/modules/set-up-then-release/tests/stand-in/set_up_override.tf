# Takes the place of remote-exec, which `terraform test` cannot mock.
resource "terraform_data" "set_up" {
  provisioner "local-exec" {
    command = "sleep 1"
  }
}
