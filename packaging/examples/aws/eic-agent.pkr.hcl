# Packer: eic-agent from a verified release into an image of Ubuntu or Debian. Not run by Packer.
packer {
  required_plugins {
    amazon = {
      version = ">= 1.3.0"
      source  = "github.com/hashicorp/amazon"
    }
  }
}

variable "package" {
  type        = string
  description = "Path of eic-agent_VERSION_amd64.deb, whose signature you have checked"
}

variable "settings" {
  type        = string
  description = "Path of a config.toml without [instance] id"
}

source "amazon-ebs" "base" {
  ami_name      = "with-eic-agent-{{timestamp}}"
  instance_type = "t3.small"
  region        = "us-east-1"
  ssh_username  = "ubuntu"

  source_ami_filter {
    filters = {
      name                = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"
      virtualization-type = "hvm"
    }
    owners      = ["099720109477"]
    most_recent = true
  }
}

build {
  sources = ["source.amazon-ebs.base"]

  provisioner "file" {
    source      = var.package
    destination = "/tmp/eic-agent.deb"
  }
  provisioner "file" {
    source      = var.settings
    destination = "/tmp/config.toml"
  }
  # `sshd status` fails the build if the program would not be in force.
  provisioner "shell" {
    inline = [
      "set -eu",
      "sudo install -D -o root -g root -m 644 /tmp/config.toml /etc/eic-agent/config.toml",
      "sudo apt-get update",
      "sudo apt-get install -y /tmp/eic-agent.deb",
      "sudo eic-agent settings check",
      "sudo eic-agent sshd status",
      "rm /tmp/eic-agent.deb /tmp/config.toml",
    ]
  }
}
