#!/bin/bash
set -euo pipefail
hostnamectl set-hostname ${hostname}
apt-get update
%{ for package in packages ~}
apt-get install -y ${package}
%{ endfor ~}
cat > /etc/app.env <<ENV
%{ for key, value in env ~}
${key}=${value}
%{ endfor ~}
ENV
echo "PATH is $${PATH}"
touch /home/ubuntu/.setup_complete
