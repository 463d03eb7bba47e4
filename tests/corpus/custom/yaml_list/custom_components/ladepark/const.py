DOMAIN = 'ladepark'
CONF_OPERATORS = 'operators'
URL = 'https://ladepark.example/'
